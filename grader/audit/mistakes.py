"""The kinds of mistakes, each a change of one node of a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

Change = Callable[[Any, ast.Module], bool]  # changes the node of a copy; whether anything could be changed

OTHER: dict[type[ast.AST], type[Any]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Pow: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
AXES = ("axis", "dim")
MODES = {"train": "eval", "eval": "train", "mean": "sum", "sum": "mean", "max": "min", "min": "max"}
NOT_CODE = (ast.Import, ast.ImportFrom, ast.Raise, ast.Assert, ast.JoinedStr)
SAYS = ("print", "warn", "isinstance", "super", "get_ipython")  # calls that are no part of the work
DRAWS = ("plt", "ax", "axes", "fig", "figure", "logging")


def places(tree: ast.Module, given: frozenset[str]) -> Iterator[tuple[str, ast.stmt, ast.AST]]:
    """Each node in which a mistake can be made, with the statement that it is part of and the definition at the top."""
    for top in tree.body:
        name = getattr(top, "name", "the script")
        if name not in given:
            yield from _within(name, top, top, given)


def _within(
    region: str, statement: ast.stmt, node: ast.AST, given: frozenset[str]
) -> Iterator[tuple[str, ast.stmt, ast.AST]]:
    if isinstance(node, NOT_CODE) or _is_given(node, given) or _is_talk(node):
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    yield region, statement, node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                inner = child if isinstance(child, ast.stmt) else statement
                yield from _within(region, inner, child, given)


def _is_given(node: ast.AST, given: frozenset[str]) -> bool:
    return isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.dump(node) in given


def _is_talk(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    first = node.func
    while isinstance(first, ast.Attribute | ast.Call | ast.Subscript):
        first = first.func if isinstance(first, ast.Call) else first.value
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in SAYS or (isinstance(first, ast.Name) and first.id in (*DRAWS, *SAYS) and name != "plot")


def mistakes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What can be done wrong at this node: what kind of mistake, and the change that makes it."""
    yield from _of_statement(node) if isinstance(node, ast.stmt) else _of_expression(node)


def _of_expression(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.BinOp():
            yield from _of_terms(node)
        case ast.BoolOp():
            yield "operator", _other_operator
        case ast.Compare() if type(node.ops[0]) in OTHER:
            yield "operator", _other_comparison
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield "operator", _keep("operand")
        case ast.Constant(value=bool() | int() | float()):
            yield "constant", _other_constant
        case ast.IfExp():
            yield "wrong condition", _negate
        case ast.keyword():
            yield from _of_keyword(node)
        case ast.Call():
            yield from _of_call(node)


def _of_terms(node: ast.BinOp) -> Iterator[tuple[str, Change]]:
    if type(node.op) in OTHER:
        yield "operator", _other_operator
    for side in ("right", "left"):
        yield "dropped term", _keep(side)
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
        yield "swapped operands", _swap_operands


def _of_statement(node: ast.stmt) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.AugAssign() if type(node.op) in OTHER:
            yield "operator", _other_operator
            yield "missing statement", _remove_statement
        case ast.Expr(value=ast.Call()) if not _is_talk(node.value):
            yield "missing call", _remove_statement
        case ast.If():
            yield "wrong condition", _negate
        case ast.FunctionDef(name="forward"):
            yield "detach", _detach_result
        case ast.Return(value=ast.Tuple(elts=[_, _, *_])):
            yield "swapped results", _swap_results
        case ast.Assign() if _adds_to_name(node):
            yield "in-place", _in_place


def _of_keyword(node: ast.keyword) -> Iterator[tuple[str, Change]]:
    if node.arg in AXES and _axis(node.value) is not None:
        yield "axis", _other_axis
    if node.arg is not None:
        yield "missing argument", _remove_keyword


def _of_call(node: ast.Call) -> Iterator[tuple[str, Change]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Attribute) and name in MODES:
        yield "wrong mode" if name in ("train", "eval") else "wrong function", _other_method
    if len(node.args) >= 2:
        yield "swapped arguments", _swap_arguments
    if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
        yield "missing call", _only_argument
    if isinstance(node.func, ast.Attribute) and not node.args:
        yield "missing call", _only_receiver
    if name == "Sequential" and len(node.args) > 1:
        for number in range(len(node.args)):
            yield "missing layer", _without_argument(number)
    if name == "range" and len(node.args) == 1:
        yield "off by one", _one_less


def _other_operator(node: Any, _: ast.Module) -> bool:
    node.op = OTHER[type(node.op)]()
    return True


def _other_comparison(node: Any, _: ast.Module) -> bool:
    node.ops[0] = OTHER[type(node.ops[0])]()
    return True


def _keep(part: str) -> Change:
    return lambda node, tree: _replace(tree, node, getattr(node, part))


def _swap_operands(node: Any, _: ast.Module) -> bool:
    node.left, node.right = node.right, node.left
    return True


def _other_constant(node: Any, _: ast.Module) -> bool:
    value = node.value
    if isinstance(value, bool):
        node.value = not value
    elif isinstance(value, int):
        node.value = value + 1
    elif isinstance(value, float):
        node.value = value * 2 if value else 1.0
    return True


def _axis(value: ast.expr) -> int | None:
    try:
        found = ast.literal_eval(value)
    except ValueError:
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _other_axis(node: Any, _: ast.Module) -> bool:
    axis = _axis(node.value)
    node.value = ast.Constant({0: 1, -1: 0}.get(axis or 0, (axis or 0) - 1))
    return True


def _remove_keyword(node: Any, tree: ast.Module) -> bool:
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and any(one is node for one in call.keywords):
            call.keywords = [one for one in call.keywords if one is not node]
            return True
    return False


def _other_method(node: Any, _: ast.Module) -> bool:
    node.func.attr = MODES[node.func.attr]
    return True


def _swap_arguments(node: Any, _: ast.Module) -> bool:
    node.args[0], node.args[1] = node.args[1], node.args[0]
    return True


def _only_argument(node: Any, tree: ast.Module) -> bool:
    return _replace(tree, node, node.args[0])


def _only_receiver(node: Any, tree: ast.Module) -> bool:
    return _replace(tree, node, node.func.value)


def _without_argument(number: int) -> Change:
    def change(node: Any, _: ast.Module) -> bool:
        del node.args[number]
        return True

    return change


def _one_less(node: Any, _: ast.Module) -> bool:
    node.args[0] = ast.BinOp(node.args[0], ast.Sub(), ast.Constant(1))
    return True


def _negate(node: Any, _: ast.Module) -> bool:
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return True


def _detach_result(node: Any, _: ast.Module) -> bool:
    changed = False
    for part in ast.walk(node):
        if isinstance(part, ast.Return) and part.value is not None and not isinstance(part.value, ast.Tuple):
            part.value = ast.Call(ast.Attribute(part.value, "detach", ast.Load()), [], [])
            changed = True
    return changed


def _swap_results(node: Any, _: ast.Module) -> bool:
    first, second, *others = node.value.elts
    node.value.elts = [second, first, *others]
    return True


def _adds_to_name(node: ast.Assign) -> bool:
    value = node.value
    simple = len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    arithmetic = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub | ast.Mult | ast.Div)
    return simple and arithmetic and isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name)


def _in_place(node: Any, tree: ast.Module) -> bool:
    """`a = b + c` as `b += c; a = b`."""
    name = node.value.left
    changed = ast.AugAssign(ast.Name(name.id, ast.Store()), node.value.op, node.value.right)
    return _replace_statement(tree, node, [changed, ast.Assign(node.targets, ast.Name(name.id, ast.Load()))])


def _remove_statement(node: Any, tree: ast.Module) -> bool:
    return _replace_statement(tree, node, [ast.Pass()])


def _replace_statement(tree: ast.Module, node: ast.AST, new: list[ast.stmt]) -> bool:
    for parent in ast.walk(tree):
        for _, block in ast.iter_fields(parent):
            if isinstance(block, list) and any(one is node for one in block):
                at = next(number for number, one in enumerate(block) if one is node)
                block[at : at + 1] = new
                return True
    return False


def _replace(tree: ast.Module, node: ast.AST, new: ast.AST) -> bool:
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            if value is node:
                setattr(parent, name, new)
                return True
            if isinstance(value, list) and any(one is node for one in value):
                value[:] = [new if one is node else one for one in value]
                return True
    return False
