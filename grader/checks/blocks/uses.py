"""Where a student's files use names of libraries, and where they do what only running them could tell."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from grader.checks.blocks.scopes import COMPREHENSION, IMPORTERS, Names, Scope, constant, scope_of
from grader.inside import source

# What runs or imports by names or texts that may be worked out as the program runs.
DYNAMIC = ("exec", "eval", "compile", "__import__", "globals", "locals")
UNCLEAR = (
    *(f"builtins.{name}" for name in DYNAMIC),
    *("importlib", "runpy", "subprocess", "ctypes", "os.system", "os.popen", "sys.modules", "torch.ops", "torch._C"),
)
NOT_RUN = ("False", "0", "TYPE_CHECKING", "typing.TYPE_CHECKING")
LOOKED_UP = {"__dict__", "__globals__", "__getattribute__", "__getattr__"}
MAIN = ("__name__ == '__main__'", "'__main__' == __name__")
Load = Callable[[str], Sequence[source.Chunk] | None]  # the chunks of an own module, by its dotted name


MATMUL = "operator.matmul"  # `a @ b`


@dataclass(frozen=True, order=True)
class Use:
    """A name, and where it stands: `attention.py, line 12`. `dotted` is its full name there; one that is not `called`
    where it stands may be called elsewhere.
    """

    file: str
    line: int
    name: str
    dotted: str = ""
    called: bool = False

    def __str__(self) -> str:
        return f"{self.name} in {self.file}" + (f", line {self.line}" if self.line else "")


@dataclass(eq=False)
class NamesUsed:
    """All that an entry file, and the own files that it imports, use; and other files that alone define what `within`
    says is asked for. Code that nothing names is left aside where there is a `within`.
    """

    load: Load
    calls: tuple[str, ...]
    imports: tuple[str, ...]
    within: tuple[str, ...] = ()
    main: bool = False  # whether the file runs as a program
    uses: set[Use] = field(default_factory=set)
    unclear: set[Use] = field(default_factory=set)
    methods: set[Use] = field(default_factory=set)  # methods of these names, of values that nobody knows
    modules: dict[str, Scope] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    waiting: list[tuple[ast.stmt, Scope, str]] = field(default_factory=list)
    asked_for: dict[str, list[ast.stmt]] = field(default_factory=dict)  # definitions of what `within` names

    def read(self, chunks: Sequence[source.Chunk], others: Iterable[tuple[str, Sequence[source.Chunk]]] = ()) -> None:
        """Read the parts of the graded file, and of the `others` those that define what is asked for and not in it."""
        self.seen |= set(self.within)
        trees = self._trees("__main__", chunks)
        self._visit_all("__main__", trees)
        lacking = set(self.within) - self.defined
        for module, own in others if lacking else ():
            if module not in self.modules and lacking & _defined(own):
                self._visit_all(module, self._trees(module, own))
        while ready := [one for one in self.waiting if _name(one[0]) in self.seen]:
            self.waiting = [one for one in self.waiting if one not in ready]
            for node, scope, file in ready:
                _Visit(self, file).visit(node, scope)

    def _trees(self, module: str, chunks: Sequence[source.Chunk]) -> list[tuple[str, ast.Module]]:
        """A module's trees; the modules that it imports are bound first."""
        trees = [(chunk.name, source.usable(chunk)[0]) for chunk in chunks]
        whole = ast.Module([part for _, tree in trees for part in tree.body], [])
        self.modules[module] = scope_of(whole)
        for name in sorted(_imported(whole)):
            if name not in self.modules and (own := self.load(name)) is not None:
                self._visit_all(name, self._trees(name, own))
        return trees

    def _visit_all(self, module: str, trees: list[tuple[str, ast.Module]]) -> None:
        for file, tree in trees:
            for node in tree.body:
                if self.within and isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                    self.waiting.append((node, self.modules[module], file))
                    self.asked_for.setdefault(node.name, []).append(node)
                else:
                    _Visit(self, file).visit(node, self.modules[module])

    @property
    def defined(self) -> set[str]:
        """All names of the modules that were read."""
        return {name for scope in self.modules.values() for name in scope.bound}

    @property
    def not_attempted(self) -> list[str]:
        """Names of `within` that nothing defines, or of which each definition does nothing."""
        found = {name: self.asked_for.get(name, []) for name in self.within}
        known = self.defined
        empty = [name for name, nodes in found.items() if nodes and all(_does_nothing(node, known) for node in nodes)]
        return [name for name in self.within if name not in known or name in empty]

    def is_used(self, dotted: str) -> str | None:
        """The forbidden name that this is, under whatever name of the same package; None for others."""
        top, *rest = dotted.split(".")
        for name in self.calls:
            if name.partition(".")[0] == top and name.rpartition(".")[2] in rest:
                return name
        return next((dotted for name in self.imports if f"{dotted}.".startswith(f"{name}.")), None)

    def is_unclear(self, dotted: str) -> bool:
        """Whether it is a way around names, or a whole module with something forbidden in it."""
        plain = dotted.partition(".__dict__")[0]
        return (
            dotted in IMPORTERS
            or bool(LOOKED_UP & set(dotted.split(".")))
            or any(name.startswith(f"{plain}.") for name in (*self.calls, *UNCLEAR))
        )


def _defined(chunks: Sequence[source.Chunk]) -> set[str]:
    """The names that a file defines at its top level. Nothing if it is no Python."""
    try:
        nodes = [node for chunk in chunks for node in source.usable(chunk)[0].body]
    except (source.SourceError, ValueError, SyntaxError, RecursionError):
        return set()
    return {name for node in nodes for name in source.defined(node) - source.imported(node)}


def _does_nothing(node: ast.stmt, known: Collection[str]) -> bool:
    """Whether a function, or every method of a class but what makes it, is as templates are: it raises, passes, returns
    None, or names that nobody gave a value (`known` are those of the files).
    """
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            empty = {name for part in node.body for name in _left_open(part)}
            given = {part.arg for part in ast.walk(node) if isinstance(part, ast.arg)}
            made = {
                part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
            }
            return all(_is_empty(part, empty, {*known, *given, *made}) for part in node.body)
        case ast.ClassDef():
            inner = [part for part in node.body if not isinstance(part, ast.Expr | ast.Pass)]
            others = [part for part in inner if _name(part) != "__init__"]
            return all(isinstance(part, ast.FunctionDef) and _does_nothing(part, known) for part in others or inner)
    return False


def _left_open(node: ast.stmt) -> list[str]:
    """Names that a template sets to None: `out, cache = None, None`."""
    if not isinstance(node, ast.Assign) or any(ast.unparse(part) != "None" for part in _parts(node.value)):
        return []
    return [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]


def _is_empty(node: ast.stmt, empty: Collection[str], known: Collection[str]) -> bool:
    match node:
        case ast.Pass() | ast.Raise() | ast.Expr(value=ast.Constant()) | ast.Return(value=None):
            return True
        case ast.Return(value=value) if value is not None:
            parts = [ast.unparse(part) for part in _parts(value) if not isinstance(part, ast.Name) or part.id in known]
            return ast.unparse(value) == "None" or set(parts) <= set(empty)
    return bool(_left_open(node)) or ast.unparse(node) == "super().__init__()"


def _parts(value: ast.expr) -> list[ast.expr]:
    return value.elts if isinstance(value, ast.Tuple) else [value]


def _name(node: ast.stmt) -> str:
    return str(getattr(node, "name", ""))


def _imported(tree: ast.Module) -> Iterator[str]:
    """The names of modules that may be files of the submission."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ([node.module] if node.module else [])
            yield from (f"{node.module}.{alias.name}" if node.module else alias.name for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and (text := constant(node.args[0])):
            yield from ([text] if text.replace(".", "").isidentifier() else [])


@dataclass(frozen=True, eq=False)
class _Visit:
    """A walk over statements that run; each outermost name is judged once."""

    reading: NamesUsed
    file: str

    def visit(self, node: ast.AST, scope: Scope) -> None:
        names = Names(self.reading.modules)
        match node:
            case ast.Import():
                self._imports(node, [alias.name for alias in node.names])
            case ast.ImportFrom():
                self._imports(node, [f"{node.module}.{alias.name}" for alias in node.names] if not node.level else [])
            case ast.If() if self._is_left_aside(node):
                self._all(node.orelse, scope)
            case ast.ClassDef():
                self._all([*node.decorator_list, *node.bases, *(part.value for part in node.keywords)], scope)
                self._all(node.body, scope_of(node, scope))
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self._function(node, scope)
            case ast.Assign() | ast.AnnAssign() | ast.NamedExpr():
                self._assigned(node, scope, names)
            case ast.Call():
                self._call(node, scope, names)
            case ast.Name() | ast.Attribute() | ast.Subscript():
                self._expression(node, scope, names, bare=True)
            case ast.BinOp(op=ast.MatMult()) | ast.AugAssign(op=ast.MatMult()) if MATMUL in self.reading.calls:
                self._note(self.reading.uses, node, MATMUL)
                self._all(list(ast.iter_child_nodes(node)), scope)
            case _:
                inner = scope_of(node, scope) if isinstance(node, COMPREHENSION) else scope
                self._all(list(ast.iter_child_nodes(node)), inner)

    def _all(self, nodes: Sequence[ast.AST], scope: Scope) -> None:
        for node in nodes:
            self.visit(node, scope)

    def _is_left_aside(self, node: ast.If) -> bool:
        test = ast.unparse(node.test)
        return test in NOT_RUN or (not self.reading.main and test in MAIN)

    def _imports(self, node: ast.stmt, found: list[str]) -> None:
        for name in found:
            self.reading.seen.add(name.rpartition(".")[2])
            own = name.rpartition(".")[0] in self.reading.modules or name in self.reading.modules
            if not own and any(f"{name}.".startswith(f"{one}.") for one in self.reading.imports):
                self._note(self.reading.uses, node, f"import {name}", called=True)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda, scope: Scope) -> None:
        defaults = [*node.args.defaults, *(part for part in node.args.kw_defaults if part is not None)]
        outside = defaults if isinstance(node, ast.Lambda) else [*node.decorator_list, *defaults]
        self._all(outside, scope)
        body: Sequence[ast.AST] = [node.body] if isinstance(node, ast.Lambda) else node.body
        self._all(body, scope_of(node, scope))

    def _assigned(self, node: ast.Assign | ast.AnnAssign | ast.NamedExpr, scope: Scope, names: Names) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if node.value is not None and all(isinstance(target, ast.Name) for target in targets):
            self._judged(node.value, scope, names)
        elif node.value is not None:
            self.visit(node.value, scope)
        self._all([target for target in targets if not isinstance(target, ast.Name)], scope)

    def _judged(self, value: ast.expr, scope: Scope, names: Names) -> None:
        """What is given a name of its own: a module may be, since the name is followed; not what belongs to a class."""
        if isinstance(value, ast.Name | ast.Attribute | ast.Subscript):
            self._expression(value, scope, names, bare=scope.is_class)
        elif isinstance(value, ast.Call):
            self._call(value, scope, names, bare=scope.is_class)
        else:
            self.visit(value, scope)

    def _call(self, node: ast.Call, scope: Scope, names: Names, *, bare: bool = True) -> None:
        function, known = names.of(node.func, scope), names.of(node, scope)
        given = [*node.args, *(part.value for part in node.keywords)]
        text = constant(node.args[0]) if node.args else None
        if known and function & {"builtins.getattr", *IMPORTERS}:
            self._found(node, known, bare=bare)
            given = given[1:] if "builtins.getattr" in function else given
        elif function & {"builtins.exec", "builtins.eval"} and text is not None:
            self._text(text, node, scope)
        elif function & {"builtins.hasattr", "builtins.isinstance", "builtins.issubclass"}:
            given = [] if "builtins.hasattr" in function else given[:1]
        else:
            self._expression(node.func, scope, names, bare=True, called=True)
        self._all(given, scope)

    def _text(self, text: str, node: ast.Call, scope: Scope) -> None:
        """A text that is run as it stands."""
        try:
            self._all(ast.parse(text.strip()).body, scope)
        except (SyntaxError, ValueError):
            self._note(self.reading.unclear, node, "exec")

    def _expression(self, node: ast.expr, scope: Scope, names: Names, *, bare: bool, called: bool = False) -> None:
        self.reading.seen |= {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        self.reading.seen |= {part.attr for part in ast.walk(node) if isinstance(part, ast.Attribute)}
        known = names.of(node, scope)
        if known:
            self._found(node, known, bare=bare, called=called)
        elif isinstance(node, ast.Attribute) and any(one.endswith(f".{node.attr}") for one in self.reading.calls):
            self._note(self.reading.methods, node, f".{node.attr}")
        if isinstance(node, ast.Subscript):
            self._all([node.slice], scope)
        if not known and not isinstance(node, ast.Name):
            self.visit(node.value if isinstance(node, ast.Attribute | ast.Subscript) else node, scope)

    def _found(self, node: ast.expr, known: set[str], *, bare: bool, called: bool = False) -> None:
        for dotted in known:
            if used := self.reading.is_used(dotted):
                self._note(self.reading.uses, node, used, dotted, called=called)
            elif self._is_unclear(dotted, bare=bare):
                self._note(self.reading.unclear, node, dotted.removeprefix("builtins."))

    def _is_unclear(self, dotted: str, *, bare: bool) -> bool:
        way = any(f"{dotted}.".startswith(f"{name}.") for name in UNCLEAR)
        return (way and dotted not in (*IMPORTERS, "importlib.reload")) or (bare and self.reading.is_unclear(dotted))

    def _note(self, into: set[Use], node: ast.AST, name: str, dotted: str = "", *, called: bool = False) -> None:
        into.add(Use(self.file, getattr(node, "lineno", 0), name, dotted, called))
