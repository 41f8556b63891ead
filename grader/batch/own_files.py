"""Which files of an assignment's folder the code of a module can see, found by reading their source."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from grader.batch.basis import files_of

# Names, and attributes with a dot before them: `network.eval()` runs no text.
LOOKING_AROUND = frozenset(
    name for word in ("glob", "iglob", "iterdir", "listdir", "rglob", "scandir", "walk") for name in (word, f".{word}")
)
BY_NAME = frozenset(("__import__", "exec", "eval", "import_module", ".import_module", "run_path", ".run_path"))


class OwnFiles:
    """The files of one assignment's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._all = files_of(folder)
        self._modules = {path: Module(folder, path) for path in self._all if path.suffix == ".py"}

    def seen_from(self, sources: Iterable[Path]) -> list[Path]:
        """The files that code in `sources` may run or read, themselves among them."""
        modules = self._imported({path for path in sources if path in self._modules} | self._acting)
        read = [self._modules[path] for path in modules]
        if any(one.mentions & BY_NAME for one in read):
            return self._all
        data = (path for path in self._all if path not in self._modules)
        return sorted({*modules, *(path for path in data if self._may_be_read(path, read))})

    def _imported(self, waiting: set[Path]) -> set[Path]:
        found: set[Path] = set()
        while waiting:
            found |= waiting
            waiting = {path for one in waiting for path in self._modules[one].imports if path in self._modules} - found
        return found

    @cached_property
    def _acting(self) -> set[Path]:
        """Modules that do more than to define and to give names when they are imported: they may change others."""
        return {path for path, one in self._modules.items() if one.acts}

    def _may_be_read(self, path: Path, modules: list[Module]) -> bool:
        """Whether one of the modules names a data file, or may make up its name; or whether nobody names it."""
        if not any(path.name in text for one in self._modules.values() for text in one.texts):
            return True
        return any(one.mentions & LOOKING_AROUND or one.may_name(path, self._known) for one in modules)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(path.name for path in self._all)


class Module:
    """One file of Python, read and not run."""

    def __init__(self, folder: Path, path: Path) -> None:
        tree = ast.parse(path.read_bytes())
        nodes = list(ast.walk(tree))
        self.texts = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        self.mentions = {name for node in nodes for name in _names(node)}
        self.imports = {found for node in nodes for found in _files(node, folder, path)}
        self.acts = "setattr" in self.mentions or not all(_is_plain(node) for node in tree.body)

    def may_name(self, path: Path, known: frozenset[str]) -> bool:
        """Whether a text here is a file's name, or may become it: its ending stands in a text that is no known name."""
        made_up = (text for text in self.texts if not any(text.endswith(name) for name in known))
        return any(path.name in text for text in self.texts) or any(path.suffix in text for text in made_up)


_DEFINING = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)


def _is_plain(node: ast.stmt) -> bool:
    """A definition, an import, a text that explains, or a value that gets a name."""
    if isinstance(node, _DEFINING):
        return True
    if isinstance(node, ast.If):
        return "TYPE_CHECKING" in _names(node.test) and all(map(_is_plain, node.body))
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    names = [part for target in targets for part in getattr(target, "elts", [target])]
    return bool(names) and all(isinstance(name, ast.Name) for name in names)


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Attribute):
        yield f".{node.attr}"
    elif isinstance(node, ast.alias):
        yield node.name.rpartition(".")[2]


def _files(node: ast.AST, folder: Path, path: Path) -> Iterator[Path]:
    """Where a module that is imported may lie in the folder, with the packages around it."""
    if isinstance(node, ast.ImportFrom):
        home = _home(node, folder, path)
        names = (
            [home, *(f"{home}.{alias.name}" if home else alias.name for alias in node.names)]
            if home is not None
            else []
        )
    elif isinstance(node, ast.Import):
        names = [rest for alias in node.names if (rest := _inside(alias.name)) is not None]
    else:
        return
    for name in names:
        parts = name.split(".") if name else []
        for count in range(len(parts) + 1):
            yield folder.joinpath(*parts[:count], "__init__.py")
        if parts:
            yield folder.joinpath(*parts).with_suffix(".py")


def _home(node: ast.ImportFrom, folder: Path, path: Path) -> str | None:
    """The package that is imported from, seen from the folder; None if it lies elsewhere."""
    if not node.level:
        return _inside(node.module or "")
    around = path.relative_to(folder).parts[:-1]
    kept = around[: len(around) - node.level + 1]
    return ".".join((*kept, *([node.module] if node.module else [])))


def _inside(name: str) -> str | None:
    top, _, rest = name.partition(".")
    return rest if top.startswith("reference_") else None
