"""What PATH is: a folder or archive of submissions, an LMS's download, or several downloads, one a section."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from grader.intake.archives import Format, archive_format
from grader.intake.candidates import Candidate, download_candidates, folder_candidates
from grader.intake.caps import CAPS, MAX_FILE, Caps, NeedsPersonError, RefusedError
from grader.intake.class_archive import MAX_NOTE, MAX_WRAPPERS, archive_candidates, archived_download, listing
from grader.intake.downloads import Metadata, plan
from grader.intake.entry import read_capped
from grader.intake.folders import open_regular
from grader.intake.layouts import PLAIN, AmbiguousLayoutError, Layout, is_work, recognised
from grader.intake.lms_names import BLACKBOARD_NOTE, GRADESCOPE_METADATA
from grader.intake.names import ARCHIVE_SUFFIX, litter_root
from grader.intake.when import Times
from grader.words import printable

MAX_SECTIONS = 40


@dataclass(frozen=True)
class IntakeOptions:
    """How to read PATH. `layout` is one of `layouts.CHOICES`; None recognises it. Times that a download gives
    without a time zone are read in `zone`. `times` says what counts as the time of handing in where it says none.
    """

    layout: str | None = None
    zone: tzinfo = UTC
    caps: Caps = CAPS
    times: Times = "told"


@dataclass(frozen=True)
class Found:
    """The candidates, the names of what is none, what PATH is, and what a person should know of it."""

    candidates: list[Candidate]
    ignored: list[str]
    source: str
    remarks: tuple[str, ...] = ()


def in_folder(folder: Path, options: IntakeOptions) -> Found:
    """What is in a folder. Raises AmbiguousLayoutError, RefusedError, OSError."""
    within = folder
    for _ in range(MAX_WRAPPERS):
        tops = _tops(within)
        layout = recognised(tops, options.layout)
        if layout is not None and layout.places(tops):
            return _download(within, layout, tops, options)
        if layout is None and options.layout is None and (sections := _sections(within, tops, options)) is not None:
            return sections
        inner = _inner(tops)
        if inner is None:
            break
        within /= inner
    if options.layout not in (None, PLAIN):
        return Found([], [], "")
    return _plain(folder, options)


def _plain(folder: Path, options: IntakeOptions) -> Found:
    """Folders and files of students. A folder that is called like the one it lies in is that one, unpacked twice."""
    inner = _inner(_tops(folder))
    if inner is not None and inner.casefold() == folder.name.casefold() and _inner(_tops(folder / inner)) != "":
        return _plain(folder / inner, options)
    remarks: tuple[str, ...] = ()
    if inner is not None and sum(_tops(folder / inner).values()) > 1 and not _has_work(_tops(folder / inner)):
        within = printable(str(folder / inner))
        found = f"one student was found, {printable(inner)}"
        remarks = (f"{found}; hint: if that folder holds the students' folders, give {within}",)
    return Found(*folder_candidates(folder, options.caps), "folder of submissions", remarks)


def _has_work(tops: Mapping[str, bool]) -> bool:
    return any(is_work(name) for name, is_folder in tops.items() if not is_folder)


def _inner(tops: Mapping[str, bool]) -> str | None:
    """The one folder that holds everything, if there is one."""
    kept = [name for name, is_folder in tops.items() if not litter_root((name,)) and (is_folder or is_work(name))]
    return kept[0] if len(kept) == 1 and tops[kept[0]] else None


def _download(folder: Path, layout: Layout, tops: Mapping[str, bool], options: IntakeOptions) -> Found:
    sorted_out = plan(layout, tops, options.zone, _metadata(folder, tops))
    return Found(*download_candidates(folder, sorted_out, options.caps), f"{layout.title} download, unpacked")


def _tops(folder: Path) -> dict[str, bool]:
    """The names in a folder, and whether they are folders; earlier results and links are left out."""
    with os.scandir(folder) as items:
        found = {item.name: item.is_dir(follow_symlinks=False) for item in items if not item.is_symlink()}
    return {name: is_folder for name, is_folder in found.items() if not (folder / name / "gradebook.sqlite").exists()}


def _metadata(folder: Path, tops: Mapping[str, bool]) -> Metadata:
    """What the LMS's own files in a download say."""
    notes = [name for name, is_folder in tops.items() if not is_folder and BLACKBOARD_NOTE.search(name)]
    return Metadata(
        _content(folder / GRADESCOPE_METADATA, MAX_FILE),
        {name: _content(folder / name, MAX_NOTE) or b"" for name in notes},
    )


def _content(path: Path, most: int) -> bytes | None:
    try:
        with open_regular(path) as stream:
            return read_capped(stream, most)
    except OSError:
        return None


def _sections(folder: Path, tops: Mapping[str, bool], options: IntakeOptions) -> Found | None:
    """Several downloads in one folder, put together; None if that is not what they are.

    Raises AmbiguousLayoutError where only some of them are downloads.
    """
    names = sorted(
        name for name, is_folder in tops.items() if not litter_root((name,)) and (is_folder or is_work(name))
    )
    if not names or len(names) > MAX_SECTIONS or any(not (tops[name] or ARCHIVE_SUFFIX.search(name)) for name in names):
        return None
    downloads = [name for name in names if _is_download(folder / name)]
    if 2 * len(downloads) < len(names) or not downloads:
        return None
    if rest := [name for name in names if name not in downloads]:
        raise AmbiguousLayoutError(
            f"{printable(downloads[0])} is a download of a learning platform, {printable(rest[0])} is none\n"
            "hint: give each download by itself, or --layout plain if they are students' own"
        )
    parts = [_part(folder / name, options) for name in downloads]
    sources = list(dict.fromkeys(part.source for part in parts))
    source = sources[0] if len(parts) == 1 else f"{len(parts)} downloads ({', '.join(sources)})"
    return Found(
        [candidate for part in parts for candidate in part.candidates],
        [name for part in parts for name in part.ignored],
        source,
        tuple(remark for part in parts for remark in part.remarks),
    )


def _part(path: Path, options: IntakeOptions) -> Found:
    if path.is_dir():
        return in_folder(path, options)
    with open_regular(path) as stream:
        return in_archive(stream, options)


def _is_download(path: Path) -> bool:
    """Whether a folder or zip is an LMS's download, by its names. A tar would have to be read for that."""
    try:
        if path.is_dir():
            tops = _tops(path)
            layout = recognised(tops)
            if layout is None and (inner := _inner(tops)) is not None:
                tops = _tops(path / inner)
                layout = recognised(tops)
            return layout is not None and _is_sure(layout, tops)
        with open_regular(path) as stream:
            if archive_format(stream) is not Format.ZIP:
                return False
            listed = listing(stream)
            return any(
                (layout := recognised(tops)) is not None and _is_sure(layout, tops)
                for tops in (listed.tops(0), listed.tops(1))
            )
    except (OSError, RefusedError, NeedsPersonError, AmbiguousLayoutError):
        return False


def _is_sure(layout: Layout, tops: Mapping[str, bool]) -> bool:
    """A student may have a folder `submission_1` too."""
    return bool(layout.places(tops)) and (layout.id != "gradescope" or GRADESCOPE_METADATA in tops)


def in_archive(stream: BinaryIO, options: IntakeOptions) -> Found:
    """What is in an archive. Raises AmbiguousLayoutError, RefusedError, NeedsPersonError."""
    listed = listing(stream, options.caps)
    remarks: tuple[str, ...] = () if listed.remark is None else (listed.remark,)
    for depth in range(MAX_WRAPPERS):
        tops = listed.tops(depth)
        layout = recognised(tops, options.layout)
        if layout is not None and layout.places(tops):
            sorted_out = plan(layout, tops, options.zone, listed.metadata)
            found = archived_download(stream, depth, sorted_out, options.caps)
            return Found(*found, f"{layout.title} download", remarks)
    if options.layout not in (None, PLAIN):
        return Found([], [], "")
    remarks += tuple(_perhaps_several(listed.tops(0), listed.tops(1)))
    return Found(*archive_candidates(stream, listed, options.caps), "archive of submissions", remarks)


def _perhaps_several(tops: Mapping[str, bool], within: Mapping[str, bool]) -> Iterator[str]:
    """A remark where one folder holds nothing but several files of a kind: a student's, or a student each."""
    inner = _inner(tops)
    kinds = [PurePosixPath(name).suffix for name, is_folder in within.items() if not is_folder and is_work(name)]
    if inner is not None and len(kinds) > 1 and len(set(kinds)) == 1 and not any(within.values()):
        yield (
            f"one student was found, {printable(inner)}, with {len(kinds)} files; hint: if these are the files of "
            "several students, unpack the archive and give the folder in it"
        )
