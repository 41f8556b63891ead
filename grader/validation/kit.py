"""What students will see of an assignment, and that nothing hidden is among it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

from grader.assignment import Assignment
from grader.catalog import load_assignment, public_files
from grader.rubric import Block
from grader.students.checking import public_checks
from grader.validation import source_places
from grader.validation.notes import Note, ValidationPart
from grader.validation.trial_work import answers_of

LEAST_STATEMENTS = 3  # of a function that is told from others by what it does
LEAST_BYTES = 40  # of a file that is told from others by its content


def seen_by_students(assignment_id: str, root: Path) -> dict[str, bool]:
    """The criteria that students can check, loaded as on their machines; whether it is a weaker preview.

    Raises AssignmentError if that fails, as where code outside `hidden/` computes with what is in it.
    """
    public = load_assignment(assignment_id, root, public=True)
    return {name: check is rule.preview for name, (rule, check) in public_checks(public).items()}


def part(assignment: Assignment, seen: Mapping[str, bool]) -> ValidationPart:
    """What the kit holds, and what of `hidden/` stands in it."""
    starter = public_files(assignment.folder / "starter")
    notes = [*_leaks(assignment), *_guides(assignment), *_answers(assignment, seen), *_without_help(assignment)]
    if not starter:
        where = str(assignment.folder / "starter")
        message = "expected what students start from, found nothing: `grader starter` makes no kit"
        notes.append(Note(where=where, message=message, problem=False))
    checked = ", ".join(f"{name} (a preview)" if preview else name for name, preview in seen.items())
    later = ", ".join(rule.id for rule in assignment.rubric if rule.check is not None and rule.id not in seen)
    facts = [
        f"students start from: {', '.join(starter) or 'nothing'}",
        f"they can check: {checked or 'nothing'}",
        f"checked when graded: {later or 'nothing more'}",
    ]
    return ValidationPart(
        "kit", f"{len(public_files(assignment.folder))} files that students may have", tuple(notes), (*facts,)
    )


def _leaks(assignment: Assignment) -> Iterator[Note]:
    """Files of `hidden/` that lie elsewhere too, and its functions that stand in what students get."""
    hidden = [path for path in sorted((assignment.folder / "hidden").rglob("*")) if path.is_file()]
    whole = {path.read_bytes().strip(): path for path in hidden if path.stat().st_size > LEAST_BYTES}
    functions = {body: (path, name) for path in hidden for name, _, body in _functions(path)}
    for name, content in public_files(assignment.folder).items():
        path = assignment.folder / name
        if (same := whole.get(content.strip())) is not None:
            yield Note(where=str(path), message=f"expected nothing of hidden/, found a copy of {same.name}")
            continue
        for function, line, body in _functions(path):
            if body in functions:
                source, _ = functions[body]
                yield Note(
                    where=f"{path}, line {line}",
                    message=f"students get {function}, which does the same as in hidden/{source.name}",
                    hint="leave it out, unless it is given to them on purpose",
                    problem=False,
                )


def _guides(assignment: Assignment) -> Iterator[Note]:
    """Guides of criteria that stand in files which students get: they say what full points are for."""
    guides = {rule.id: " ".join(rule.guide.split()) for rule in assignment.rubric if rule.guide.strip()}
    for name in public_files(assignment.folder):
        path = assignment.folder / name
        for node in ast.walk(_tree(path)):
            if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
                continue
            said = " ".join(node.value.split())
            for rule in [rule for rule, guide in guides.items() if len(said) > LEAST_BYTES and said in guide]:
                yield Note(
                    where=f"{path}, line {node.lineno}",
                    message=f"criterion {rule}: students get its guide, which says what points are given for",
                    hint="keep it in hidden/guides.py, and import it from there",
                )


def _answers(assignment: Assignment, seen: Mapping[str, bool]) -> Iterator[Note]:
    """Written answers of which students get what is right."""
    for rule in assignment.rubric:
        names = answers_of(rule.check.probes) if isinstance(rule.check, Block) else frozenset()
        if names and seen.get(rule.id) is False:
            yield Note(
                where=source_places.of_criterion(assignment, rule.id),
                message=f"criterion {rule.id}: students get what is right for {', '.join(sorted(names))}",
                hint="keep it in hidden/answers.py, and import it from there",
            )


def _tree(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes()) if path.suffix == ".py" else ast.Module([], [])
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _functions(path: Path) -> Iterator[tuple[str, int, str]]:
    """Name, line and what is done of each function that does enough to be recognised."""
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if sum(isinstance(part, ast.stmt) for statement in body for part in ast.walk(statement)) > LEAST_STATEMENTS:
                yield node.name, node.lineno, "\n".join(ast.dump(statement) for statement in body)


def _without_help(assignment: Assignment) -> Iterator[Note]:
    for rule in assignment.rubric:
        if rule.manual and not rule.guide:
            yield Note(
                where=source_places.of_criterion(assignment, rule.id),
                message=f"criterion {rule.id}: a person grades it, and nothing says how",
                hint="guide= says what full, half and no points look like",
                problem=False,
            )
