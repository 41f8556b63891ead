"""Files that only stand for work which lies elsewhere: shortcuts, links to a cloud, downloads that have not ended."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from grader.intake.names import ARCHIVE_SUFFIX, SOURCE_SUFFIXES
from grader.words import shortened

_NAMES = (
    (r"\.icloud$", "iCloud has not downloaded it"),
    (r"\.(?:gdoc|gsheet|gslides|gdraw|gcolab|gdlink)$", "a link to Google Drive"),
    (r"\.(?:lnk|webloc|url|desktop|inetloc|fileloc|alias)$", "a shortcut"),
    (r"\.(?:crdownload|part|partial|download|opdownload)$", "a download that has not ended"),
    (r"(?:^|/)~\$[^/]*$", "a lock of an office program"),
)
_WEB_PAGE = re.compile(rb"\s*(?:<!doctype\s+html|<html)\b", re.IGNORECASE)
_CONTENTS = (
    (b"version https://git-lfs.github.com/spec/", "Git LFS has not downloaded it"),
    (b"book\0\0\0\0mark", "a shortcut"),
    (b"[InternetShortcut]", "a shortcut"),
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", "a shortcut"),
)
_ENTRIES = {  # what Canvas and Moodle make of what is no file
    "link.html": "a web address in place of a file",
    "text.html": "words that were typed into the LMS",
    "onlinetext.html": "words that were typed into the LMS",
}
_HREF, _TAG = re.compile(r"""href=["']([^"']+)["']"""), re.compile(r"<[^>]*>")
MOST_WORDS = 120  # characters
_NAME = re.compile(r"\.(?:icloud|gcolab|crdownload|part|partial|download|opdownload)$", re.IGNORECASE)
HINT = "hint: ask the student for the file itself"


def placeholder(path: str, content: bytes) -> str | None:
    """What a file stands for, by its content or its name; None for any other file."""
    if path.lower().endswith((*SOURCE_SUFFIXES, ".csv")) and _WEB_PAGE.match(content.removeprefix(b"\xef\xbb\xbf")):
        return "a web page, as of a download that went wrong"
    if path in _ENTRIES:
        return f"{_ENTRIES[path]}: “{_words(content)}”"
    by_content = next((what for magic, what in _CONTENTS if content.startswith(magic)), None)
    return by_content or next((what for pattern, what in _NAMES if re.search(pattern, path, re.IGNORECASE)), None)


def _words(page: bytes) -> str:
    """The address in a short page, else its words."""
    text = page[:20_000].decode("utf-8", "replace")
    address = _HREF.search(text)
    words = address[1] if address else _TAG.sub(" ", text)
    return shortened(" ".join(html.unescape(words).split()), MOST_WORDS)


def stands_for_work(name: str) -> bool:
    """Whether a loose file's name is that of a placeholder for a script, notebook, PDF or archive."""
    stem = _NAME.sub("", name)
    return stem != name and (stem.lower().endswith(SOURCE_SUFFIXES) or ARCHIVE_SUFFIX.search(stem) is not None)


def only_placeholders(contents: Mapping[str, bytes]) -> str | None:
    """Why a person has to look, if all that was handed in are placeholders."""
    found = [(path, placeholder(path, content)) for path, content in contents.items()]
    if not found or any(what is None for _, what in found):
        return None
    listed = ", ".join(f"`{path}` ({what})" for path, what in found[:3])
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"expected the work, found only placeholders: {listed}{more}; {HINT}"
