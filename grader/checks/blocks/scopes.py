"""Which of a library's names a name in Python source stands for: imports, aliases, other files, own names."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MAX_DEPTH = 12  # aliases of aliases, and files that import one another
IMPORTERS = ("importlib.import_module", "builtins.__import__")
Bound = str | ast.expr | None  # a dotted name, what is assigned, or a value of the student's own
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
NESTED = (*FUNCTION, *COMPREHENSION, ast.ClassDef)


@dataclass(eq=False)
class Scope:
    """What names are bound to in a module, class or function. All that a name is ever bound to counts."""

    parent: Scope | None = None
    is_class: bool = False
    bound: dict[str, list[tuple[Bound, Scope]]] = field(default_factory=dict)
    stars: list[str] = field(default_factory=list)
    outer: set[str] = field(default_factory=set)  # declared global or nonlocal

    @property
    def root(self) -> Scope:
        """The scope of the module."""
        return self if self.parent is None else self.parent.root

    def bind(self, name: str, value: Bound = None) -> None:
        """One more meaning of a name."""
        home = self.root if name in self.outer else self
        home.bound.setdefault(name, []).append((value, self))

    def found(self, name: str) -> list[tuple[Bound, Scope]] | None:
        """What a name is bound to, here or in the nearest function or module around; classes are looked past."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bound and (scope is self or not scope.is_class):
                return scope.bound[name]
            scope = scope.parent
        return None


def scope_of(node: ast.AST, parent: Scope | None = None) -> Scope:
    """The scope that a module, class, function or comprehension opens."""
    scope = Scope(parent, isinstance(node, ast.ClassDef))
    if isinstance(node, FUNCTION):
        given = node.args
        for arg in (*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg):
            if arg is not None:
                scope.bind(arg.arg)
    parts = list(_own(node))
    scope.outer = {name for part in parts if isinstance(part, ast.Global | ast.Nonlocal) for name in part.names}
    for part in parts:
        _note(part, scope)
    return scope


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a scope that are in no scope within it."""
    inside = getattr(node, "body", None) or list(ast.iter_child_nodes(node))
    queue: list[ast.AST] = [*inside] if isinstance(inside, list) else [inside]
    while queue:
        part = queue.pop(0)
        yield part
        if not isinstance(part, NESTED):
            queue += ast.iter_child_nodes(part)


def _note(part: ast.AST, scope: Scope) -> None:
    match part:
        case ast.Import() | ast.ImportFrom():
            _note_import(part, scope)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            scope.bind(part.name)
        case ast.Assign() | ast.NamedExpr() | ast.AnnAssign():
            for target in part.targets if isinstance(part, ast.Assign) else [part.target]:
                _note_pair(target, part.value, scope)
        case ast.Name(ctx=ast.Store()):
            scope.bind(part.id)
        case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
            if part.name:
                scope.bind(part.name)


def _note_import(part: ast.Import | ast.ImportFrom, scope: Scope) -> None:
    module = f"{part.module}." if isinstance(part, ast.ImportFrom) and part.module else ""
    for alias in part.names:
        if alias.name == "*":
            scope.stars.append(module.rstrip("."))
        elif alias.asname or isinstance(part, ast.ImportFrom):
            scope.bind(alias.asname or alias.name, module + alias.name)
        else:
            scope.bind(alias.name.partition(".")[0], alias.name.partition(".")[0])


def _note_pair(target: ast.expr, value: ast.expr | None, scope: Scope) -> None:
    if isinstance(target, ast.Name):
        scope.bind(target.id, value)
    elif isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List):
        for one, other in zip(target.elts, value.elts, strict=False):
            _note_pair(one, other, scope)


def constant(node: ast.expr | None) -> str | None:
    """The text that an expression of texts alone is: `"skl" + "earn"`."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.BinOp(op=ast.Add()):
            left, right = constant(node.left), constant(node.right)
            return None if left is None or right is None else left + right
        case ast.JoinedStr():
            parts = [constant(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values]
            return None if None in parts else "".join(part for part in parts if part)
    return None


@dataclass(frozen=True, eq=False)
class Names:
    """Dotted names of libraries, through the modules (by dotted name) that the student wrote."""

    modules: Mapping[str, Scope]

    def of(self, node: ast.expr, scope: Scope, depth: int = MAX_DEPTH) -> set[str]:  # noqa: PLR0911 - one for each form
        """What an expression may stand for: `torch.nn.functional.relu`; nothing for values of the student's own."""
        if depth <= 0:
            return set()
        match node:
            case ast.Name():
                return self.named(node.id, scope, depth)
            case ast.Attribute():
                return self.joined(self.of(node.value, scope, depth), node.attr, depth)
            case ast.NamedExpr():
                return self.of(node.value, scope, depth)
            case ast.Subscript() if (key := constant(node.slice)) is not None:
                return self.taken(node.value, key, scope, depth)
            case ast.Call() if node.args:
                return self.called(node, scope, depth)
        return set()

    def named(self, name: str, scope: Scope, depth: int) -> set[str]:
        """Every dotted path that a plain name may stand for in a scope."""
        found = scope.found(name)
        if found is None:
            stars = [star for part in _up(scope) for star in part.stars]
            return {f"builtins.{name}"}.union(*(self.joined({star}, name, depth) for star in stars))
        every: set[str] = set()
        for value, home in found:
            if isinstance(value, str):
                every |= self.real(value, depth - 1)
            elif value is not None:
                every |= self.of(value, home, depth - 1)
        return every

    def joined(self, owners: set[str], attribute: str, depth: int) -> set[str]:
        """An attribute of any of them."""
        return {name for owner in owners for name in self.real(f"{owner}.{attribute}", depth - 1)}

    def real(self, dotted: str, depth: int) -> set[str]:
        """A dotted name; what stands behind it, where it lies in a file of the student's."""
        module, _, name = dotted.rpartition(".")
        if module not in self.modules or dotted in self.modules:
            return {dotted}
        return self.named(name, self.modules[module], depth) if depth > 0 else set()

    def called(self, node: ast.Call, scope: Scope, depth: int) -> set[str]:
        """`getattr(module, "name")`, `import_module("name")` and `__import__("name")`."""
        function = self.of(node.func, scope, depth - 1)
        if "builtins.getattr" in function and len(node.args) > 1 and (name := constant(node.args[1])) is not None:
            return self.joined(self.of(node.args[0], scope, depth - 1), name, depth)
        text = constant(node.args[0])
        if text is None or not function & set(IMPORTERS):
            return set()
        return {text} if "builtins.__import__" not in function else {text.partition(".")[0], text}

    def taken(self, node: ast.expr, key: str, scope: Scope, depth: int) -> set[str]:
        """`sys.modules["name"]`, `globals()["name"]` and `module.__dict__["name"]`."""
        if isinstance(node, ast.Call):
            inside = self.of(node.func, scope, depth - 1) & {"builtins.globals", "builtins.locals", "builtins.vars"}
            if node.args and "builtins.vars" in inside:
                return self.joined(self.of(node.args[0], scope, depth - 1), key, depth)
            return self.named(key, scope, depth - 1) if inside and not node.args else set()
        found = self.of(node, scope, depth - 1)
        owners = {name.removesuffix(".__dict__") for name in found if name.endswith(".__dict__")}
        return self.joined(owners, key, depth) | ({key} if "sys.modules" in found else set())


def _up(scope: Scope) -> Iterator[Scope]:
    part: Scope | None = scope
    while part is not None:
        yield part
        part = part.parent
