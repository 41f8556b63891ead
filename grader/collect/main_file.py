"""Which file of a submission is graded."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import PurePosixPath
from typing import Literal

from grader.assignment import Assignment
from grader.collect import versions
from grader.collect.templates import UNTOUCHED, is_untouched
from grader.submission import Submission

Given = Callable[[str, bytes], Literal["template", "solution"] | None]

# For what is no Python: a script with a mistake, a notebook, whose lines stand between quotes.
IMPORT = re.compile(r"""(?:^|"|\\n)[ \t]*(?:from|import)[ \t]+(\w[\w.]*)""", re.MULTILINE)
MAX_SOURCES, MAX_IMPORTS, MAX_PARSED = 200, 100, 1_000_000  # files, names in one, characters


def _is_source(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in (".py", ".ipynb")


@dataclass(frozen=True)
class Chosen:
    """The file that is graded, others that look like the work, and of these the ones that do so just as much."""

    entry: str | None = None
    others: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()


@dataclass(frozen=True)
class Work:
    """The file that is graded; what was handed in, with notes and doubts; and what of it is sent into the sandbox."""

    entry: str | None
    handed_in: Submission
    asked: Submission


def work_of(submission: Submission, assignment: Assignment) -> Work:
    """What of a submission is graded, and what has to be said of that choice."""
    graded = _graded(submission, assignment) if assignment.code != "none" else Chosen()
    entry = graded.entry
    handed_in, asked = submission, without_given(submission, entry, assignment.given)
    if entry is not None and graded.others:
        asked = replace(asked, notes=(*asked.notes, versions.note(entry, graded.others)))
    if not submission.problem and not submission.ambiguous:
        handed_in = replace(handed_in, ambiguous=_doubt(asked, graded, assignment))
    notes = (*asked.notes, *_untouched(asked, entry, assignment))
    return Work(entry, replace(handed_in, notes=notes), asked)


def _graded(submission: Submission, assignment: Assignment) -> Chosen:
    """The file to grade: the only script or notebook too, if nobody has seen the assignment's patterns fit anything."""
    starter = assignment.folder / "starter"
    blank = partial(is_untouched, starter=starter)
    found, sources = choose(submission, assignment.entry, assignment.given, blank), _sources(submission)
    only = found.entry is None and len(sources) == 1 and not assignment.entry_is_proven()
    return Chosen(sources[0]) if only else found


def _sources(submission: Submission) -> list[str]:
    return [file.path for file in submission.files if _is_source(file.path)]


def _doubt(submission: Submission, graded: Chosen, assignment: Assignment) -> str | None:
    """Why a person has to say which file is graded: several look like it, or no pattern was ever seen to fit any."""
    if graded.entry is not None:
        return versions.tie((graded.entry, *graded.rivals)) if graded.rivals else None
    sources = _sources(submission)
    if assignment.code == "none" or not sources or assignment.entry_is_proven():
        return None
    return (
        f"no pattern of the assignment's entry fits any of {', '.join(sources[:5])}, and none was seen to fit "
        "anything else: a person has to say which file is graded"
    )


def _untouched(submission: Submission, entry: str | None, assignment: Assignment) -> list[str]:
    """That the main file is a file of the starter kit as it was given, unless that is said already."""
    note = f"{entry} is {UNTOUCHED}"
    content = next((file.content for file in submission.files if file.path == entry), None)
    if content is None or note in submission.notes:
        return []
    return [note] if is_untouched(str(entry), content, assignment.folder / "starter") else []


def main_file(
    submission: Submission, wanted: Mapping[str, int], given: Given = lambda path, content: None
) -> str | None:
    """The file to grade; see `choose`."""
    return choose(submission, wanted, given).entry


def choose(
    submission: Submission,
    wanted: Mapping[str, int],
    given: Given = lambda path, content: None,
    blank: Callable[[str, bytes], bool] = lambda path, content: False,
) -> Chosen:
    """The file to grade: the one whose text, with that of the siblings it imports, scores highest.

    `wanted` maps patterns to points. There is none if no script or notebook has any of it. What the course handed out
    itself counts only if no other file scores half as high: a template before a solution. What is `blank`, a file of
    the kit with nothing added that uses nothing of the student's, counts only if nothing else scores. Of several that
    score the same, names tell the newest.
    """
    sources = {file.path: file for file in submission.files if _is_source(file.path)}
    texts = {path: file.content.decode("utf-8", "replace") for path, file in sources.items()}
    total = _totals(texts, wanted)
    begun = _begun(total, texts, {path for path in total if blank(path, sources[path].content)})
    total = begun if any(points > 0 for points, _ in begun.values()) else total
    best = max(total.values(), default=(0, 0))[0]
    for kind in (None, "template", "solution"):
        likely = [
            path for path in total if best and 2 * total[path][0] >= best and given(path, sources[path].content) == kind
        ]
        if likely:
            entry = min(
                likely,
                key=lambda path: (
                    -total[path][0],
                    -total[path][1],
                    versions.standing(path),
                    path.endswith(".ipynb"),
                    path,
                ),
            )
            return Chosen(entry, *(_others(entry, likely, texts, total, wanted) if kind is None else ()))
    return Chosen()


def _begun(
    total: Mapping[str, tuple[int, int]], texts: Mapping[str, str], blank: set[str]
) -> dict[str, tuple[int, int]]:
    """The scores without those of blank files that import blank files alone."""
    imports = {path: _imported(texts[path]) for path in total} if blank else {}
    return {path: score for path, score in total.items() if path not in blank or _reachable(path, imports) - blank}


def _others(
    entry: str,
    likely: Sequence[str],
    texts: Mapping[str, str],
    total: Mapping[str, tuple[int, int]],
    wanted: Mapping[str, int],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Other versions of the graded file, and of these the ones that nothing tells from it."""
    imports = {path: _imported(texts[path]) for path in likely}
    used = _reachable(entry, imports)
    others = [
        path
        for path in sorted(likely)
        if path not in used
        and entry not in _reachable(path, imports)
        and 2 * total[path][1] >= total[entry][1]
        and versions.same_work(texts[entry], texts[path])
        and not versions.is_same_text(texts[entry], texts[path])
    ]
    has = {path: {pattern for pattern in wanted if re.search(pattern, texts[path])} for path in (entry, *others)}
    rivals = [
        path
        for path in others
        if total[path] == total[entry]
        and has[path] == has[entry]
        and versions.standing(path) == versions.standing(entry)
        and not versions.is_counterpart(entry, path)
    ]
    return tuple(others), tuple(rivals)


def without_given(submission: Submission, entry: str | None, given: Given) -> Submission:
    """The submission without the course's own files that are not graded, with a note on each of the course's."""
    kinds = {
        file.path: kind
        for file in submission.files
        if _is_source(file.path) and (kind := given(file.path, file.content))
    }
    notes = tuple(_note(path, kind, graded=path == entry) for path, kind in kinds.items())
    files = tuple(file for file in submission.files if file.path not in kinds or file.path == entry)
    return replace(submission, files=files, notes=(*submission.notes, *notes))


def _note(path: str, kind: str, *, graded: bool) -> str:
    what = UNTOUCHED if kind == "template" else "the course's own solution"
    return f"{path} is {what}{'' if graded else ': not graded'}"


def _totals(texts: Mapping[str, str], wanted: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """For the likeliest files the points of their texts, those of siblings included, and of their own alone."""
    own = {
        path: sum(points for pattern, points in wanted.items() if re.search(pattern, text))
        for path, text in texts.items()
    }
    likely = sorted(own, key=lambda path: (-own[path], path))[:MAX_SOURCES]
    imports = {path: _imported(texts[path]) for path in likely}
    return {path: (sum(own[other] for other in _reachable(path, imports)), own[path]) for path in likely}


def _reachable(entry: str, imports: Mapping[str, Sequence[str]]) -> set[str]:
    """The entry and the files it imports, which Python looks for in the entry's folder, or beside a package's file.

    Packages in a folder `src` are found there.
    """
    found, waiting = set(), [entry]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        beside = {path[: path.rfind("/") + 1] for path in (entry, current)}
        folders = {*beside, *(f"{folder}src/" for folder in beside)}
        wanted = {
            f"{folder}{name}{end}" for folder in folders for name in imports[current] for end in (".py", "/__init__.py")
        }
        waiting += sorted(wanted & imports.keys())
    return found


def _imported(text: str) -> list[str]:
    """What a script or notebook imports, as paths without their ending."""
    try:
        tree = ast.parse(text if len(text) < MAX_PARSED else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module([], [])
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {node.module or ".", *(f"{node.module or '.'}.{alias.name}" for alias in node.names)}
    return sorted({name.strip(".").replace(".", "/") for name in names or IMPORT.findall(text)} - {""})[:MAX_IMPORTS]
