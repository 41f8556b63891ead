"""Scripts and notebooks under names that do not say so: `hw.ipynb.json`, `hw.PY`, a notebook called `.py`, UTF-16.

They get the name that fits what is in them, and a note tells it.
"""

from __future__ import annotations

import ast
import codecs
import re
from collections.abc import Mapping

from grader.intake.kinds import content_kind
from grader.intake.source_text import source_text

_SOURCE = re.compile(r"\.(?:py|ipynb)(?:\.(?:txt|text|json))?$", re.IGNORECASE)
_MAYBE = re.compile(r"(?:\.(?:json|txt|text)|(?:^|/)[^./]+)$", re.IGNORECASE)
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Assign, ast.For, ast.If, ast.With)
LONGEST = 2_000_000  # bytes of what is parsed as Python to tell what it is


def with_proper_names(contents: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[str]]:
    """The files by the names they should have, and the notes. A name that is taken already is left alone."""
    found: dict[str, bytes] = {}
    notes: list[str] = []
    sources = any(_SOURCE.search(path) for path in contents)
    for path, content in contents.items():
        named = _SOURCE.search(path) is not None
        if not named and not _MAYBE.search(path):
            found[path] = content
            continue
        narrow, how = _narrow(content) if named else (content, None)
        name = _proper(path, narrow, named=named, alone=not sources)
        if name != path and (name in contents or name in found):
            name = path
        found[name] = narrow
        what = "a notebook" if name.endswith(".ipynb") else "a Python script"
        if name != path:
            notes.append(f"{path} is {what}: read as {name}")
        if how is not None:
            notes.append(f"{path} is saved in {how}: converted to UTF-8")
    return found, notes


def _narrow(content: bytes) -> tuple[bytes, str | None]:
    """Text of two or four bytes a letter in UTF-8, and what it was."""
    wide = next((name for mark, name in _WIDE if content.startswith(mark)), None) or _wide_without_mark(content)
    if wide is None:
        return content, None
    try:
        return content.decode(wide).removeprefix("\ufeff").encode(), wide.upper().removesuffix("-LE").removesuffix(
            "-BE"
        )
    except UnicodeError:
        return content, None


def _wide_without_mark(content: bytes) -> str | None:
    """Every second byte of code in UTF-16 is zero."""
    start = content[:2000]
    for offset, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = start[offset::2]
        if len(zeros) > 10 and zeros.count(0) > 0.8 * len(zeros) and start[1 - offset :: 2].count(0) == 0:
            return name
    return None


def _proper(path: str, content: bytes, *, named: bool, alone: bool) -> str:
    """The name that fits; `alone`: no other file is named like a script or a notebook."""
    stem = _SOURCE.sub("", path) if named else re.sub(r"\.(?:json|txt|text)$", "", path, flags=re.IGNORECASE)
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and content_kind(content) == "notebook":
        return f"{stem}.ipynb"
    if not named:
        return f"{stem}.py" if alone and _is_python(content) else path
    wanted = re.search(r"\.(py|ipynb)", path[len(stem) :], re.IGNORECASE)
    suffix = wanted[1].lower() if wanted else "py"
    if suffix == "ipynb" and content.strip() and _is_python(content):
        suffix = "py"
    return f"{stem}.{suffix}"


def _is_python(content: bytes) -> bool:
    """Whether this is code that does something, and not words that happen to be Python."""
    if len(content) > LONGEST:
        return False
    try:
        tree = ast.parse(source_text(content)[0])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return any(isinstance(node, _CODE) or _is_call(node) for node in tree.body)


def _is_call(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
