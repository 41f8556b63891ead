"""Changes of style: each takes a syntax tree of its own and gives one that does the same."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

NUMPY_METHODS = ("sum", "mean", "max", "var", "std")
NOT_NUMBERS = (ast.List, ast.Tuple, ast.JoinedStr, ast.ListComp, ast.Dict, ast.Subscript)
PRODUCT = """
def _product(a, b):
    return {library}.einsum('...ij,...jk->...ik', a, b) if a.ndim > 1 and b.ndim > 1 else a @ b
"""


class _Each(ast.NodeTransformer):
    """Every node, innermost first, through one function; None keeps it."""

    def __init__(self, change: Callable[[ast.AST], ast.AST | list[ast.stmt] | None]) -> None:
        self.change, self.changed = change, False

    def visit(self, node: ast.AST) -> ast.AST | list[ast.stmt]:
        """The node or what replaces it."""
        self.generic_visit(node)
        new = self.change(node)
        if new is None:
            return node
        self.changed = True
        return new


def each(tree: ast.Module, change: Callable[[ast.AST], ast.AST | list[ast.stmt] | None], more: str = "") -> ast.Module:
    """Every node changed; with `more` source behind the imports if anything was."""
    walk = _Each(change)
    walk.visit(tree)
    if walk.changed and more:
        at = max((n for n, one in enumerate(tree.body, 1) if _is_import(one) or _is_docstring(one)), default=0)
        future = [one for one in tree.body[:at] if isinstance(one, ast.ImportFrom) and one.module == "__future__"]
        start = max((tree.body.index(one) + 1 for one in future), default=int(bool(ast.get_docstring(tree))))
        imports = [ast.parse(f"import {name}").body[0] for name in ("torch", "numpy") if f"{name}." in more]
        first = [*tree.body[:start], *imports, *tree.body[start:at]]
        tree.body = [*first, *ast.parse(more).body, *tree.body[at:]]
    return tree


def without_types(tree: ast.Module) -> ast.Module:
    """The same code without annotations and docstrings."""

    def change(node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.arg) and node.annotation is not None:
            node.annotation = None
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            if isinstance(node, ast.FunctionDef):
                node.returns = None
            if ast.get_docstring(node) is not None:
                node.body = node.body[1:] or [ast.Pass()]
        elif isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            return ast.Assign([node.target], node.value)
        return None

    return each(tree, change) if not _has_fields(tree) else tree


def _has_fields(tree: ast.Module) -> bool:
    """Whether annotations mean something: those of a data class do."""
    return any(isinstance(node, ast.ClassDef) and node.decorator_list for node in ast.walk(tree))


def renamed(tree: ast.Module) -> ast.Module:
    """Other names for what functions assign."""
    for function in [node for node in tree.body if isinstance(node, ast.FunctionDef)] + [
        one for node in tree.body if isinstance(node, ast.ClassDef) for one in node.body
    ]:
        if isinstance(function, ast.FunctionDef):
            _rename_within(function)
    return tree


def _rename_within(function: ast.FunctionDef) -> None:
    inside = list(ast.walk(function))
    if any(isinstance(node, ast.Global | ast.Nonlocal | ast.Lambda | ast.ClassDef) for node in inside):
        return
    if sum(isinstance(node, ast.FunctionDef) for node in inside) > 1:
        return
    kept = {node.arg for node in inside if isinstance(node, ast.arg)}
    kept |= {
        alias.asname or alias.name for node in inside for alias in getattr(node, "names", []) if hasattr(alias, "name")
    }
    stored = {node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)} - kept
    for node in inside:
        if isinstance(node, ast.Name) and node.id in stored:
            node.id = f"my_{node.id}"


def renamed_attributes(tree: ast.Module) -> ast.Module:
    """Other names for attributes that only `self` is asked for, and that a class gives itself."""
    used = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    own = {node.attr for node in used if _is_own(node) and isinstance(node.ctx, ast.Store)}
    own -= {node.attr for node in used if not _is_own(node)}
    own -= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)} | {"training"}
    for node in used:
        if node.attr in own:
            node.attr = f"the_{node.attr}"
    return tree


def _is_own(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id == "self"


def reordered_methods(tree: ast.Module) -> ast.Module:
    """Methods in the opposite order."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not any(getattr(one, "decorator_list", []) for one in node.body):
            methods = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            node.body = [*(one for one in node.body if one not in methods), *methods[::-1]]
    return tree


def reordered_functions(tree: ast.Module) -> ast.Module:
    """Functions that stand side by side in the opposite order."""
    body: list[ast.stmt] = []
    run: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.decorator_list and not node.args.defaults:
            run.insert(0, node)
        else:
            body, run = [*body, *run, node], []
    tree.body = [*body, *run]
    return tree


def commuted(tree: ast.Module) -> ast.Module:
    """Terms and factors in the other order, where they are numbers or arrays."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Mult):
            return None
        parts = [part for side in (node.left, node.right) for part in ast.walk(side)]
        texts = any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts)
        if texts or any(isinstance(part, NOT_NUMBERS) for part in (node.left, node.right)):
            return None
        return ast.BinOp(node.right, node.op, node.left)

    return each(tree, change)


def matmul(tree: ast.Module) -> ast.Module:
    """`matmul(a, b)` for `a @ b`."""
    library = _library(tree)

    def change(node: ast.AST) -> ast.AST | None:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            return ast.Call(named(f"{library}.matmul"), [node.left, node.right], [])
        return None

    return each(tree, change, f"_used = {library}.matmul\n")


def einsum(tree: ast.Module) -> ast.Module:
    """`einsum` for `a @ b`."""
    return each(tree, _call_for_matmult, PRODUCT.format(library=_library(tree)))


def _call_for_matmult(node: ast.AST) -> ast.AST | None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return ast.Call(named("_product"), [node.left, node.right], [])
    return None


def products(tree: ast.Module) -> ast.Module:
    """`x * x` for `x ** 2`."""

    def change(node: ast.AST) -> ast.AST | None:
        square = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and isinstance(node.left, ast.Name)
        if square and isinstance(node, ast.BinOp) and ast.unparse(node.right) == "2":
            return ast.BinOp(node.left, ast.Mult(), node.left)
        return None

    return each(tree, change)


def numpy_functions(tree: ast.Module) -> ast.Module:
    """`np.sum(x, axis=0)` for `x.sum(axis=0)`, in programs of NumPy alone."""
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    if _library(tree) != "numpy" or "numpy" not in names:
        return tree

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        if node.func.attr not in NUMPY_METHODS or ast.unparse(node.func.value) in ("np", "numpy"):
            return None
        return ast.Call(named(f"numpy.{node.func.attr}"), [node.func.value, *node.args], node.keywords)

    return each(tree, change, "_used = numpy.sum\n")


def named_results(tree: ast.Module) -> ast.Module:
    """A name for what is returned."""

    def change(node: ast.AST) -> list[ast.stmt] | None:
        if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Name):
            name = ast.Assign([ast.Name("what_is_returned", ast.Store())], node.value)
            return [name, ast.Return(ast.Name("what_is_returned", ast.Load()))]
        return None

    return each(tree, change)


def assignments(tree: ast.Module) -> ast.Module:
    """`a = a + b` for `a += b` on names that a function made itself, and on parts of arrays."""

    def change(node: ast.AST) -> ast.AST | None:
        if not isinstance(node, ast.AugAssign) or isinstance(node.target, ast.Attribute):
            return None
        loaded = ast.parse(ast.unparse(node.target), mode="eval").body
        return ast.Assign([node.target], ast.BinOp(loaded, node.op, node.value))

    return each(tree, change)


def comprehension_loops(tree: ast.Module) -> ast.Module:
    """A loop with `append` for a list comprehension that is assigned to a name."""

    def change(node: ast.AST) -> list[ast.stmt] | None:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.ListComp):
            return None
        [target, *others], [made, *more] = node.targets, node.value.generators
        if others or more or made.is_async or not isinstance(target, ast.Name):
            return None
        if any(isinstance(part, ast.Name) and part.id == target.id for part in ast.walk(node.value)):
            return None  # the loop would begin by emptying what it goes through
        add = ast.parse(f"{target.id}.append({ast.unparse(node.value.elt)})").body
        for test in made.ifs:
            add = [ast.If(test, add, [])]
        return [ast.parse(f"{target.id} = []").body[0], ast.For(made.target, made.iter, add, [])]

    return each(tree, change)


def _library(tree: ast.Module) -> str:
    return "torch" if "torch" in set(_imported(tree)) else "numpy"


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).partition(".")[0]


def named(dotted: str) -> ast.expr:
    """A dotted name as an expression."""
    return ast.parse(dotted, mode="eval").body


def _is_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
