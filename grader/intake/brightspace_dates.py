"""Dates in the names of a Brightspace download, in the forms and languages that its users set."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime

_MONTHS = (
    "jan ene gen sty oca led tam hel yan янв",
    "feb fev fév lut sub hel úno fev фев",
    "mar mär mae maa maart märz mrt bře мар",
    "apr abr avr kwi nis dub huh апр",
    "may mai mei mag maj maggio touko кве май мая",
    "jun jui-n juin giu cze haz kes черв июн",
    "jul juil lug lip tem hei июл",
    "aug ago aou aoû sie ağu srp elo авг",
    "sep set wrz eyl zář syy сен",
    "oct okt out ott paź eki říj lok окт",
    "nov kas lis mar-ra ноя",
    "dec dez dic déc aralık gru pro jou дек",
)
_NUMBERS: dict[str, int] = {}
for _number, _names in enumerate(_MONTHS, start=1):
    for _name in _names.split():
        _NUMBERS.setdefault(_name.replace("-", ""), _number)
_HALF = re.compile(r"(?<![^\W\d_])([ap])\.?\s*m\.?(?![^\W\d_])", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})\s*(?:[:.\-_]|h|u)\s*(\d{2})(?:\s*min)?\s*$|(\d{1,2})\s(\d{2})\s*$|(\d{1,2})(\d{2})\s*$")
_CHINESE = re.compile(r"(\d{4})\s*[年년.]\s*(\d{1,2})\s*[月월.]\s*(\d{1,2})\s*[日일]?\s*(.*)$")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\s+(.*)$")
_WORD = re.compile(r"[^\W\d_]+")
_LINKS = re.compile(r"de|del|of|the|at|um|a|às|om|kl|uhr|h|th|st|nd|rd|alle|ore|à", re.IGNORECASE)


def read_date(text: str) -> datetime | None:
    """The wall-clock time that a name gives; None if it cannot be told without guessing."""
    plain = unicodedata.normalize("NFC", text).strip().replace("\u202f", " ").replace("\xa0", " ")
    half, plain = _half(plain)
    for pattern in (_CHINESE, _ISO):
        if found := pattern.match(plain):
            return _moment(int(found[1]), int(found[2]), int(found[3]), found[4], half)
    words = [word for word in _WORD.findall(plain) if not _LINKS.fullmatch(word)]
    month = _month(words[0]) if len(words) == 1 else None
    if month is None:
        return None
    before, _, after = plain.partition(words[0])
    found = re.fullmatch(r"\D*(\d{1,2})?\D*", before)
    rest = re.match(r"[\s.,]*(?:(\d{1,2})(?:st|nd|rd|th)?[\s.,]+)?(?:de[l]?\s+)?(\d{4})(?:\s*г\.?)?[\s,.]*(.*)$", after)
    if found is None or rest is None or (found[1] is None) is (rest[1] is None):
        return None
    return _moment(int(rest[2]), month, int(found[1] or rest[1]), rest[3], half)


def _half(text: str) -> tuple[str | None, str]:
    found = _HALF.search(text)
    if found is None:
        for words, half in ((("上午", "오전", "午前"), "a"), (("下午", "오후", "午後"), "p")):
            for word in words:
                if word in text:
                    return half, text.replace(word, " ")
        return None, text
    return found[1].lower(), text[: found.start()].rstrip() + text[found.end() :]


def _month(word: str) -> int | None:
    """The month that a word or its short form names; one that two languages use for two months names none."""
    plain = word.casefold()
    fits = {number for name, number in _NUMBERS.items() if plain.startswith(name)}
    longest = max((len(name) for name in _NUMBERS if plain.startswith(name)), default=0)
    best = {number for name, number in _NUMBERS.items() if plain.startswith(name) and len(name) == longest}
    return next(iter(best)) if fits and len(best) == 1 else None


def _moment(year: int, month: int, day: int, clock: str, half: str | None) -> datetime | None:
    text = re.sub(r"^(?:at|um|om|kl|à|a las|às|alle|ore|,)\.?\s+", "", clock.strip(), flags=re.IGNORECASE)
    text = re.sub(r"\s*(?:uhr|h|uur)\.?$", "", text, flags=re.IGNORECASE)
    found = _CLOCK.fullmatch(text)
    if found is None:
        return None
    hour, minute = (int(part) for part in found.groups() if part is not None)
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return datetime(year, month, day, hour, minute)  # noqa: DTZ001 - its zone is not in the name
    except ValueError:
        return None
