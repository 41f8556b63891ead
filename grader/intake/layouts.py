"""Which LMS a download came from, told by the names at its top."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.intake.lms_names import (
    GRADESCOPE_METADATA,
    Place,
    blackboard,
    brightspace,
    canvas,
    gradescope,
    looks_like_brightspace,
    moodle,
)
from grader.intake.names import ARCHIVE_SUFFIX, is_source_name, litter_root
from grader.words import printable

SHOWN = 3


@dataclass(frozen=True)
class Layout:
    """How one LMS lays out its download. `own` are files that the LMS adds for itself."""

    id: str
    title: str
    read: Callable[..., Place | None]
    own: tuple[str, ...] = ()

    def places(self, tops: Mapping[str, bool]) -> dict[str, Place]:
        """The names that fit, with what they say. `tops` maps names to whether they are folders."""
        found = {name: self.read(name, folder=folder) for name, folder in tops.items()}
        return {name: place for name, place in found.items() if place is not None}


LAYOUTS = (
    Layout("canvas", "Canvas", canvas),
    Layout("moodle", "Moodle", moodle),
    Layout("brightspace", "Brightspace", brightspace, ("index.html",)),
    Layout("gradescope", "Gradescope", gradescope, (GRADESCOPE_METADATA,)),
    Layout("blackboard", "Blackboard", blackboard),
)
PLAIN = "plain"
CHOICES = (*(layout.id for layout in LAYOUTS), PLAIN)


class AmbiguousLayoutError(Exception):
    """The names can be read in two ways. The message names both and the option that decides."""


def recognised(tops: Mapping[str, bool], wanted: str | None = None) -> Layout | None:
    """The LMS whose names these are; None for plain folders and files. `wanted` decides instead.

    Raises AmbiguousLayoutError where only some names are an LMS's, or they could be a student's own.
    """
    if wanted is not None:
        return next((layout for layout in LAYOUTS if layout.id == wanted), None)
    kept = {name: folder for name, folder in tops.items() if litter_root((name,)) is None}
    found = [(layout, layout.places(kept)) for layout in LAYOUTS]
    found = [(layout, places) for layout, places in found if places and _is_likely(layout, places, kept)]
    if len(found) > 1:  # Canvas's names have no mark of their own: files of the others may fit them too
        found = [(layout, places) for layout, places in found if layout.id != "canvas"]
    if len(found) > 1:
        first, second = (layout for layout, _ in found[:2])
        raise AmbiguousLayoutError(
            f"the names fit a {first.title} and a {second.title} download\n"
            f"hint: --layout {first.id} or --layout {second.id} decides"
        )
    if not found:
        _check_dates(kept)
        return None
    [(layout, places)] = found
    _check_that_all_fit(layout, places, kept)
    return layout


def _check_dates(tops: Mapping[str, bool]) -> None:
    """Refuse a Brightspace download whose dates cannot be read: as plain folders its names would be the students'."""
    names = [name for name in tops if looks_like_brightspace(name)]
    if names and 2 * len(names) >= len(tops):
        raise AmbiguousLayoutError(
            f"the names look like those of a Brightspace download, and the dates in them cannot be read: "
            f"{_listed(names)}\nhint: download it again with the account's language set to English, "
            f"or --layout {PLAIN} takes the names as they are"
        )


def _is_likely(layout: Layout, places: Mapping[str, Place], tops: Mapping[str, bool]) -> bool:
    if layout.id != "canvas":
        return True
    return 2 * len(places) >= len(tops) - len(_harmless(layout, places, tops))


def _harmless(layout: Layout, places: Mapping[str, Place], tops: Mapping[str, bool]) -> list[str]:
    """What lies beside the students' work in either reading: the LMS's own files, a README, a table of grades."""
    return [
        name
        for name, folder in tops.items()
        if name not in places and (name in layout.own or not (folder or is_work(name)))
    ]


def is_work(name: str) -> bool:
    """Whether a file of this name is one that students hand in."""
    return is_source_name(name) or ARCHIVE_SUFFIX.search(name) is not None


def _check_that_all_fit(layout: Layout, places: Mapping[str, Place], tops: Mapping[str, bool]) -> None:
    harmless = _harmless(layout, places, tops)
    rest = [name for name in tops if name not in places and name not in harmless]
    decides = f"hint: --layout {layout.id} or --layout {PLAIN} decides"
    if rest:
        raise AmbiguousLayoutError(
            f"{len(places)} of {len(places) + len(rest)} names fit a {layout.title} download, the others do not: "
            f"{_listed(rest)}\nthis is a {layout.title} download with other things in it, or a plain folder of "
            f"submissions\n{decides} (with {layout.id} the others are left out)"
        )
    unsure = [name for name, place in places.items() if not place.sure]
    if len(unsure) == len(places):
        raise AmbiguousLayoutError(
            f"{_listed(unsure)}: a {layout.title} download whose ids are very short, or students' own names\n{decides}"
        )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(f"`{printable(name, 80)}`" for name in names[:SHOWN]) + more
