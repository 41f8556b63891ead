"""The submission's result files and what its scripts say of experiments, as texts: they are read outside."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

MAX_FILES, MAX_FILE_CHARS, MAX_CHARS = 60, 40_000, 400_000
MAX_LINES, MAX_LINE_CHARS = 200, 400
_SETTING = re.compile(r"num_epochs|experiment_name|epochs")
_SUMMARY = re.compile(r"summary|result|stat|log|metric", re.IGNORECASE)


def answer(session: Any, _case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Post a frame for each csv file; the answer holds the scripts' lines on experiments and epochs."""
    found = [path for path in Path.cwd().rglob("*.[cC][sS][vV]") if path.is_file() and not path.is_symlink()]
    found.sort(key=lambda path: (not _SUMMARY.search(path.name), "vgg" not in str(path).lower(), str(path)))
    left = MAX_CHARS
    for path in found[:MAX_FILES]:
        text = path.read_bytes()[: MAX_FILE_CHARS + 1].decode("utf-8", "replace")
        if len(text) > left:
            continue
        left -= len(text)
        name = str(path.relative_to(Path.cwd()))
        session.outbox.post(
            {"kind": "csv", "path": name, "text": text[:MAX_FILE_CHARS], "whole": len(text) <= MAX_FILE_CHARS}, {}
        )
    return {"count": len(found), "settings": _settings()}, {}


def _settings() -> list[list[str]]:
    lines: list[list[str]] = []
    for path in sorted(Path.cwd().rglob("*")):
        if path.suffix not in (".sh", ".py", ".json", ".txt", ".bat") or not path.is_file():
            continue
        if path.stat().st_size > 500_000:
            continue
        text = path.read_bytes().decode("utf-8", "replace").replace("\\\n", " ")
        lines += [
            [str(path.relative_to(Path.cwd()))[:300], line.strip()[:MAX_LINE_CHARS]]
            for line in text.split("\n")
            if _SETTING.search(line)
        ]
    return lines[:MAX_LINES]
