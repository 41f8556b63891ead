"""Which top-level statements of a program its definitions depend on: by the flow of data, not by syntax.

Imports, functions, classes and assignments are always taken. Of all other statements (`parser.add_argument(…)`, a loop
that fills a list, `setattr`) those are that change what a function or a class reads, or what another such statement
reads; and of those in loops and conditions only the parts that do. What trains, shows or downloads is left out.
"""

from __future__ import annotations

import ast
import builtins
import dis
import sys
import types
from collections.abc import Collection, Iterable, Iterator, Sequence

from . import source

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_READS = ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_CLASSDEREF", "LOAD_FROM_DICT_OR_GLOBALS")
_HARMLESS = frozenset(dir(builtins)) - {"setattr", "delattr", "exec"}
_CONTROL = (ast.Break, ast.Continue, ast.Pass, ast.Raise)
# Calls that do what nobody waits for when a program is graded.
LEFT_OUT = frozenset(
    (
        "show",
        "imshow",
        "plot",
        "savefig",
        "subplots",
        "figure",
        "summary",
        "download",
        "download_url",
        "urlretrieve",
        "urlopen",
        "gdown",
        "wget",
        "system",
        "popen",
        "Popen",
        "check_call",
        "check_output",
        "mount",
        "rmtree",
        "input",
        "exit",
        "quit",
        "print",
        "DataLoader",
    )
)
_OTHERS = frozenset(
    (
        "torch",
        "torchvision",
        "numpy",
        "matplotlib",
        "sklearn",
        "scipy",
        "pandas",
        "PIL",
        "cv2",
        "tqdm",
        "seaborn",
        "skimage",
        "pycocotools",
    )
)


def kept(trees: Sequence[ast.Module], long_running: Collection[str]) -> list[list[tuple[int, ast.stmt]]]:
    """For each part of a program, those of its statements that definitions depend on, in order, with their places.

    Functions that are `long_running`, that train, or that call such a function are not called for it.
    """
    found = flow(trees, long_running)
    return [[(place, part) for place, node in enumerate(tree.body) for part in found.taken(node)] for tree in trees]


def flow(trees: Sequence[ast.Module], long_running: Collection[str] = ()) -> Flow:
    """What the definitions of a program need."""
    slow = set(long_running)
    for tree in trees:  # a notebook trains in one cell and calls it in another
        slow = source.slow_functions(tree, slow)
    return Flow(trees, slow)


class Flow:
    """Names that definitions need, followed backwards through the statements that change them."""

    def __init__(self, trees: Sequence[ast.Module], slow: Collection[str]) -> None:
        self.slow = slow
        nodes = [node for tree in trees for node in tree.body]
        self.modules = _modules(nodes)
        self.kinds = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
        self.made_by = _made_by(nodes)
        self.sets = {node.name: _globals(node) for node in nodes if isinstance(node, Definition)}
        roots = [node for node in nodes if isinstance(node, Definition) and node.name not in slow]
        self.needed = {node.name for node in roots}.union(*(_read(node) for node in roots)) - self.modules
        candidates = [part for node in nodes for part in self._candidates(node)]
        while True:
            found = [part for part in candidates if self.changed(part) & self.needed]
            needed = self.needed.union(*(_read(part) for part in found)) - self.modules
            if needed == self.needed:
                return
            self.needed = needed

    def _candidates(self, node: ast.stmt) -> Iterator[ast.stmt]:
        """The simple statements in a statement, and what loops and conditions around them read."""
        if isinstance(node, Definition):
            return
        inner = list(_bodies(node))
        if not inner:
            yield node
        elif not self._refused(_head(node)):
            for part in (part for body in inner for part in body):
                for found in self._candidates(part):
                    yield _Within(node, found)

    def taken(self, node: ast.stmt) -> Iterator[ast.stmt]:
        """What is left of a top-level statement: it, a part of it, or nothing."""
        if source.is_definition(node, self.slow) or _finds_modules(node):
            yield node
        elif isinstance(node, ast.If) and source.is_main_guard(node):  # its condition does not hold here
            yield from (part for inner in node.body for part in self.pruned(inner))
        else:
            yield from self.pruned(node)

    def pruned(self, node: ast.stmt) -> Iterator[ast.stmt]:
        """A statement without the parts that change nothing that is needed."""
        if isinstance(node, Definition | ast.Import | ast.ImportFrom):
            yield from (node,) if source.defined(node) & self.needed else ()
        elif not list(_bodies(node)):
            if self.changed(node) & self.needed and not self._refused(node):
                yield node
        elif self._changes(node) and not self._refused(_head(node)):
            yield self._smaller(node)

    def _changes(self, node: ast.stmt) -> bool:
        """Whether some part of a loop or condition is taken."""
        if source.defined(_head(node)) & self.needed:
            return True
        return any(True for body in _bodies(node) for part in body for _ in self.pruned(part))

    def _smaller(self, node: ast.stmt) -> ast.stmt:
        if isinstance(node, ast.While) and self._refused(node):
            return ast.copy_location(ast.Pass(), node)
        fields = {}
        for name, value in ast.iter_fields(node):
            fields[name] = value
            if name in ("body", "orelse", "finalbody") and isinstance(value, list):
                left = [part for inner in value for part in self._inner(node, inner)]
                fields[name] = left or ([ast.copy_location(ast.Pass(), node)] if name == "body" else [])
        return ast.copy_location(type(node)(**fields), node)

    def _inner(self, node: ast.stmt, part: ast.stmt) -> Iterator[ast.stmt]:
        if isinstance(node, ast.While) or isinstance(part, _CONTROL):
            yield part  # without it a loop might not end
        elif any(isinstance(found, ast.Break | ast.Continue) for found in ast.walk(part)):
            yield part
        else:
            yield from self.pruned(part)

    def _refused(self, node: ast.AST) -> bool:
        """Whether it trains, shows or downloads, as far as names tell."""
        return bool(source.names(node) & (LEFT_OUT | set(self.slow) | set(source.TRAINS)))

    def changed(self, node: ast.AST) -> set[str]:
        """The names that a statement gives a value, and those whose values it changes or hands to a call."""
        if isinstance(node, _Within):
            return self.changed(node.part)
        found = set()
        for part in ast.walk(node):
            match part:
                case ast.Name(id=name, ctx=ast.Store()):
                    found.add(name)
                case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                    found |= _base(part)
                case ast.Call():
                    found |= self._changed_by(part)
        return found - self.modules

    def _changed_by(self, call: ast.Call) -> set[str]:
        """What a call may change: the object whose method it is, what is handed to it, globals that it sets."""
        base, name = _base(call.func), getattr(call.func, "id", "")
        if name in self.kinds or name in _HARMLESS or base & self.modules:
            return set()
        handed = [*call.args, *(keyword.value for keyword in call.keywords)]
        own = self._with_makers(base) if isinstance(call.func, ast.Attribute) else self.sets.get(name, set())
        return own.union(*(_base(one) for one in handed))

    def _with_makers(self, names: set[str]) -> set[str]:
        """Names, and the objects whose methods gave them: an argument added to a parser's group is the parser's."""
        found = set(names)
        while more := {maker for name in found for maker in self.made_by.get(name, ())} - found:
            found |= more
        return found


def _made_by(nodes: Iterable[ast.stmt]) -> dict[str, set[str]]:
    """By name, the names of the objects whose method, attribute or entry was assigned to it."""
    found: dict[str, set[str]] = {}
    for part in (part for node in nodes if not isinstance(node, Definition) for part in ast.walk(node)):
        if not isinstance(part, ast.Assign):
            continue
        value = part.value.func if isinstance(part.value, ast.Call) else part.value
        if isinstance(value, ast.Attribute | ast.Subscript):
            for target in part.targets:
                if isinstance(target, ast.Name):
                    found.setdefault(target.id, set()).update(_base(value))
    return found


def _finds_modules(node: ast.stmt) -> bool:
    """`sys.path.append(…)`: the imports below it need it."""
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith(("sys.path.append(", "sys.path.insert("))


class _Within(ast.stmt):
    """A simple statement in loops and conditions."""

    def __init__(self, around: ast.stmt, part: ast.stmt) -> None:
        super().__init__()
        self.around, self.part = around, part


def _read(node: ast.stmt) -> set[str]:
    """The global names that a statement reads when it runs, or when what it defines does."""
    if isinstance(node, _Within):
        return _read(node.part) | _expressions(_head(node.around))
    try:
        code = compile(ast.Module([node], []), "<statement>", "exec")
    except (SyntaxError, ValueError, RecursionError):  # `return` at the top, say
        return source.names(node)
    return set(_loaded(code)) - set(dir(builtins))


def _loaded(code: types.CodeType) -> Iterator[str]:
    yield from (str(one.argval) for one in dis.get_instructions(code) if one.opname in _READS)
    for part in code.co_consts:
        if isinstance(part, types.CodeType):
            yield from _loaded(part)


def _expressions(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)} - set(dir(builtins))


def _bodies(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The statements inside of a statement, in each of its branches."""
    for name in ("body", "orelse", "finalbody"):
        if isinstance(part := getattr(node, name, None), list) and part:
            yield part
    for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield branch.body


def _head(node: ast.stmt) -> ast.stmt:
    """A loop or condition without what is in it."""
    fields = {
        name: value
        for name, value in ast.iter_fields(node)
        if name not in ("body", "orelse", "finalbody", "handlers", "cases")
    }
    return ast.copy_location(type(node)(**fields), node)


def _base(node: ast.expr) -> set[str]:
    """`cfg` of `cfg`, `*cfg`, `cfg.a[0]` and `cfg.update()`."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _globals(node: Definition) -> set[str]:
    return {name for part in ast.walk(node) if isinstance(part, ast.Global) for name in part.names}


def _modules(nodes: Iterable[ast.stmt]) -> set[str]:
    """Names of installed packages: calling one of their functions changes nothing that is the program's own."""
    found = set()
    for node in nodes:
        for part in ast.walk(node):
            if isinstance(part, ast.Import):
                tops = [(alias.asname or alias.name.partition(".")[0], alias.name) for alias in part.names]
            elif isinstance(part, ast.ImportFrom) and not part.level:
                tops = [(alias.asname or alias.name, part.module or "") for alias in part.names]
            else:
                continue
            found |= {name for name, module in tops if module.partition(".")[0] in _OTHERS | sys.stdlib_module_names}
    return found - {"sys"}  # sys.path.append(…)
