"""Times as people write them, with a time zone or in a given one."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

_TEXT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})(?:[T ](?P<time>\d{1,2}:\d{2}(?::\d{2})?))?\s*"
    r"(?P<zone>Z|[+-]\d{2}:?\d{2}|[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)?"
)
END_OF_DAY = time(23, 59, 59)


class MomentError(ValueError):
    """A time that cannot be read, does not exist, or happened twice."""


def read_moment(value: object, zone: tzinfo) -> datetime | None:
    """`2026-11-05 23:59`, with seconds, an offset or a zone's name if wanted; a date alone is the end of that day.

    None for the empty text. Raises MomentError.
    """
    if isinstance(value, datetime):
        return _checked(value, value.tzinfo or zone)
    if isinstance(value, date):
        return _checked(datetime.combine(value, END_OF_DAY), zone)
    text = str(value).strip()
    if not text:
        return None
    found = _TEXT.fullmatch(text)
    if found is None:
        raise MomentError(f"expected a time such as 2026-11-05 23:59 or 2026-11-05 23:59 Europe/Zurich, found {text!r}")
    try:
        clock = (
            time.fromisoformat(found["time"].zfill(8 if found["time"].count(":") > 1 else 5))
            if found["time"]
            else END_OF_DAY
        )
        return _checked(datetime.combine(date.fromisoformat(found["date"]), clock), _zone(found["zone"], zone))
    except (ValueError, KeyError, OSError) as error:
        if isinstance(error, MomentError):
            raise
        raise MomentError(f"expected a time that exists, found {text!r}: {error}") from error


def _zone(name: str | None, zone: tzinfo) -> tzinfo:
    if name is None:
        return zone
    if name == "Z":
        return UTC
    if name[0] in "+-":
        offset = datetime.fromisoformat(f"2000-01-01T00:00{name}").tzinfo
        return offset or zone
    return ZoneInfo(name)


def _checked(local: datetime, zone: tzinfo) -> datetime:
    """Raises MomentError for a time that clocks skip or show twice."""
    early, late = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return early
    if early.astimezone(UTC) < late.astimezone(UTC):
        both = " or ".join(f"{local:%Y-%m-%d %H:%M}{moment:%z}" for moment in (early, late))
        raise MomentError(f"{local:%Y-%m-%d %H:%M} happens twice in {zone}: write {both}")
    raise MomentError(f"{local:%Y-%m-%d %H:%M} does not exist in {zone}: clocks skip it")


def written(moment: datetime) -> str:
    """Text that `read_moment` reads back, with the zone's name where it has one."""
    if isinstance(moment.tzinfo, ZoneInfo) and moment.tzinfo.key and _is_single(moment):
        return f"{moment:%Y-%m-%d %H:%M:%S} {moment.tzinfo.key}"
    return moment.isoformat(sep=" ", timespec="seconds")


def _is_single(moment: datetime) -> bool:
    return moment.replace(fold=0).utcoffset() == moment.replace(fold=1).utcoffset()
