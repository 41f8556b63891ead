"""`grader/` is as `docs/architecture.md` draws it: few files at the top, no folder that imports itself by a detour."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
GRADER = ROOT / "grader"
MOST_MODULES = 17


def test_at_most_seventeen_modules_lie_at_the_top():
    assert len(list(GRADER.glob("*.py"))) <= MOST_MODULES


def test_every_file_that_the_document_names_is_there():
    named = re.findall(r"`(grader/[\w/]+\.py)`", (ROOT / "docs/architecture.md").read_text())

    assert len(named) >= 10
    assert not [path for path in named if not (ROOT / path).is_file()]


def test_a_submission_goes_through_ten_files_each_of_which_one_before_it_imports():
    section = (ROOT / "docs/architecture.md").read_text().partition("## One submission")[2].partition("\n## ")[0]
    way = re.findall(r"^\| `([\w/]+\.py)` \|", section, re.MULTILINE)
    known = {way[0].removesuffix(".py").replace("/", ".")}
    for path in way:
        assert path.removesuffix(".py").replace("/", ".") in known, f"{path} is reached from none before it"
        known |= imports_of(GRADER / path)

    assert len(way) == 10


def imports_of(path: Path) -> set[str]:
    """The modules of `grader` that a file imports, by name without the package; names of modules among them."""
    found = set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("grader"):
            module = node.module.removeprefix("grader").lstrip(".")
            found |= {module, *(f"{module}.{alias.name}".lstrip(".") for alias in node.names)}
    return found


def test_every_folder_of_grader_is_in_the_document():
    text = (ROOT / "docs/architecture.md").read_text()
    folders = [path.parent.name for path in GRADER.glob("*/__init__.py")]

    assert not [name for name in folders if f"`{name}/`" not in text]


def test_no_room_imports_itself_by_a_detour():
    arrows = {room: set(targets) for room, targets in rooms().items()}
    while leaves := [room for room, targets in arrows.items() if not targets & set(arrows)]:
        for room in leaves:
            del arrows[room]

    assert not arrows, "these import each other in a circle, or something that does"


def test_modules_share_a_name_only_as_a_command_and_its_work_or_as_two_sides_of_the_sandbox():
    places: dict[str, list[Path]] = {}
    for path in GRADER.rglob("*.py"):
        if not path.name.startswith("__"):
            places.setdefault(path.name, []).append(path.relative_to(GRADER))
    shared = [found for found in places.values() if len(found) > 1]

    assert [
        found for found in shared if not (is_command_and_its_work(found) or is_two_sides_of_the_sandbox(found))
    ] == []


def is_command_and_its_work(paths: list[Path]) -> bool:
    """Whether `commands/x.py` imports the other `x.py`, or the folder that hands it on."""
    command, others = halves(paths, "commands")
    if command is None or len(others) != 1:
        return False
    module = ".".join(others[0].with_suffix("").parts)
    return bool(imports_of(GRADER / command) & {module, module.rpartition(".")[0]})


def is_two_sides_of_the_sandbox(paths: list[Path]) -> bool:
    """Whether the one outside names the one in `inside/`: in its first lines, or as what it imports."""
    inside, others = halves(paths, "inside")
    if inside is None or len(others) != 1:
        return False
    text = (GRADER / others[0]).read_text()
    return str(inside) in text or ".".join(inside.with_suffix("").parts) in text


def halves(paths: list[Path], room: str) -> tuple[Path | None, list[Path]]:
    """The one path that lies in `room`, if there is one alone, and the others."""
    within = [path for path in paths if path.parts[0] == room]
    return within[0] if len(within) == 1 else None, [path for path in paths if path.parts[0] != room]


def test_no_two_test_files_have_the_same_name():
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py") if "submissions" not in path.parts)

    assert not [name for name, count in names.items() if count > 1]


def test_nothing_lies_at_the_top_of_tests_but_what_tests_share():
    assert not list((ROOT / "tests").glob("test_*.py"))


def rooms() -> dict[str, set[str]]:
    """What each file at the top and each folder imports of the others when it is used, types left out."""
    found: dict[str, set[str]] = {}
    for path in GRADER.rglob("*.py"):
        room = path.relative_to(GRADER).parts[0].removesuffix(".py")
        found.setdefault(room, set()).update(target for target in imported(ast.parse(path.read_text())))
    return {room: targets - {room} for room, targets in found.items()}


def imported(tree: ast.Module) -> Iterator[str]:
    typing = {id(node) for test in ast.walk(tree) if is_typing(test) for node in ast.walk(test)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module and id(node) not in typing:
            package, _, rest = node.module.partition(".")
            if package == "grader":
                yield from [rest.split(".")[0]] if rest else [alias.name for alias in node.names]


def is_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


# A record of the gradebook and its form in the JSON schema are one thing, told twice.
TWICE = {"Execution"}


def test_no_two_public_classes_have_one_name():
    places: dict[str, list[str]] = {}
    for path in (ROOT / "grader").rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(str(path.relative_to(ROOT)))

    assert {name: found for name, found in places.items() if len(found) > 1 and name not in TWICE} == {}
