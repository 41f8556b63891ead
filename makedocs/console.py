"""Runs what a page of the documents tells its readers to type, and compares what is printed with what the page prints.

A block marked `console` holds commands after `$ ` and their output. `…` alone on a line stands for lines that are
left out. A file that the page shows, as `` `name`: `` before a block, is written first. A block that cannot be run
here has a comment `<!-- not run: why -->` before it.

`python -m makedocs.console [PAGE…]` runs pages and puts the real output into them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from makedocs.settings import BEFORE, FOLLOWS

ROOT = Path(__file__).parents[1]
LIMIT_S = 300
PART = re.compile(
    r"^(?:<!-- not run: (?P<why>[^\n]*) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)
_NAME = re.compile(r"^`([\w/.-]+)`[^\n]*:\n\n\Z", re.MULTILINE)
# What differs from run to run, and what it becomes on both sides.
_VARYING = (
    (re.compile(r"\b\d+(?:\.\d+)? (s|min|CPU seconds|seconds|MiB|KiB|KB|MB|GB|cores)\b"), r"# \1"),
    (re.compile(r"\b\d+(?:\.\d+)?s\b"), "#s"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "<sha256>"),
    (re.compile(r"^[0-9a-f]{8}(?= )", re.MULTILINE), "<group>"),
    (re.compile(r"\b[\d,]+ bytes\b"), "# bytes"),
    (re.compile(r"\b20\d\d-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?Z?"), "<time>"),
    (re.compile(r"-?\d\.\d+e[-+]\d+"), "#"),
    (re.compile(r"differs in \d+ of \d+ numbers, most at \[[\d, ]+\]"), "differs most at"),  # inputs are drawn anew
    (re.compile(r"\bfound (?:-?\d[\d.]*|inf), expected -?\d[\d.]*"), "found #, expected #"),
    (re.compile(r"={3,}|-{3,}"), "---"),
    (re.compile(r"[ \t]+"), " "),
)
# How far a batch is, and in which order submissions were done.
_PROGRESS = re.compile(r"still [\w ]+[:,].*|\d+/\d+ .*")
LEFT_OUT = "…"


@dataclass(frozen=True)
class Block:
    """A block of commands: `steps` are commands with what they print; `files` are shown before it."""

    steps: tuple[tuple[str, str], ...]
    files: Mapping[str, str]
    not_run: str = ""


def blocks(page: str) -> list[Block]:
    """The blocks of commands of a page, with the files that are shown between them."""
    found, files = [], {}
    for part in PART.finditer(page):
        name = _NAME.search(page, 0, part.start())
        if name and name.end() == part.start():
            files[name[1]] = part["text"]
        elif part["language"] == "console":
            found.append(Block(tuple(_steps(part["text"])), files, part["why"] or ""))
            files = {}
    return found


def _steps(text: str) -> Iterator[tuple[str, str]]:
    for piece in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = piece.partition("\n")
        while command.endswith("\\"):
            more, _, output = output.partition("\n")
            command += f"\n{more}"
        yield command, output


def run(page: str, folder: Path, environment: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Run a page's blocks in a folder: each command, what the page prints, and what it printed."""
    found = []
    for block in blocks(page):
        for name, content in block.files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content)
        if not block.not_run:
            found += [(command, printed, _output(command, folder, environment)) for command, printed in block.steps]
    return found


def _output(command: str, folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT_S,
        text=True,
        check=False,
    )
    return done.stdout.replace(f"{folder}/", "").replace(f"{ROOT}/", "")


def environment(folder: Path) -> dict[str, str]:
    """What commands see: this Python first on the path, a home of their own, nobody's settings."""
    kept = {name: os.environ[name] for name in ("LANG", "XDG_CACHE_HOME") if name in os.environ}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    return {**kept, "PATH": path, "HOME": str(home), "COLUMNS": "100", "GRADER_AUTHOR": "M. Lee"}


def differences(printed: str, output: str) -> list[str]:
    """Lines of the page that the output lacks, in order, and lines that the page lacks."""
    wanted, found = _plain(printed), _plain(output)
    at = 0
    skipping = False
    for line in wanted:
        if line == LEFT_OUT:
            skipping = True
            continue
        place = next((i for i in range(at, len(found)) if found[i] == line), None)
        if place is None or (place > at and not skipping):
            return [f"expected {line!r}, found {found[at] if at < len(found) else 'the end'!r}"]
        at, skipping = place + 1, False
    return [] if skipping or at == len(found) else [f"expected the end, found {found[at]!r}"]


def _plain(text: str) -> list[str]:
    for pattern, becomes in _VARYING:
        text = pattern.sub(becomes, text)
    return [line for line in map(str.strip, text.splitlines()) if line and not _PROGRESS.fullmatch(line)]


def written(page: str, outputs: list[tuple[str, str, str]]) -> str:
    """The page with real output where the page's differs."""
    left = iter(outputs)

    def block(part: re.Match[str]) -> str:
        if part["language"] != "console" or part["why"]:
            return part[0]
        steps = [(command, *_next(left, command)) for command, _ in _steps(part["text"])]
        lines = "".join(f"$ {command}\n{_kept(printed, output)}" for command, printed, output in steps)
        return f"```console\n{lines}```"

    return PART.sub(block, page)


def _kept(printed: str, output: str) -> str:
    if not differences(printed, output):
        return printed
    lines = [line.rstrip() for line in output.splitlines() if not line.startswith("still ")]
    return "".join(f"{line}\n" for line in lines)


def _next(left: Iterator[tuple[str, str, str]], command: str) -> tuple[str, str]:
    ran, printed, output = next(left)
    if ran != command:
        raise ValueError(f"expected {command}, ran {ran}")
    return printed, output


def pages() -> list[str]:
    """The pages with commands to run; those that others follow come first."""
    found = [*sorted((ROOT / "docs").rglob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    told = {str(path.relative_to(ROOT)): blocks(path.read_text()) for path in found}
    names = [name for name, page in told.items() if any(not one.not_run for one in page)]
    return sorted(names, key=lambda name: name in FOLLOWS)


def prepared(name: str, space: Path, done: Mapping[str, Path]) -> Path:
    """A folder under `space` as the reader of a page has it; `done` are those of pages that were run."""
    folder = space / "work"
    if name in FOLLOWS:
        shutil.copytree(done[FOLLOWS[name]], folder)
    else:
        folder.mkdir()
        BEFORE.get(name, lambda _: None)(folder)
    return folder


def _main(*names: str) -> None:
    wanted = [name for name in pages() if name in names or name in {FOLLOWS.get(one) for one in names} or not names]
    with tempfile.TemporaryDirectory() as space:
        done: dict[str, Path] = {}
        for number, name in enumerate(wanted):
            place = Path(space) / str(number)
            place.mkdir()
            done[name] = folder = prepared(name, place, done)
            page = (ROOT / name).read_text()
            (ROOT / name).write_text(written(page, run(page, folder, environment(folder))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
