"""The kinds of mistakes, each a change of one node of a syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from grader.audit.tree_changes import (
    MODES,
    OTHER,
    Change,
    axis_of,
    detach_result,
    in_place,
    keep,
    negate,
    one_less,
    only_argument,
    only_receiver,
    other_axis,
    other_comparison,
    other_constant,
    other_method,
    other_operator,
    remove_keyword,
    remove_statement,
    swap_arguments,
    swap_operands,
    swap_results,
    without_argument,
    without_gradients,
)

AXES = ("axis", "dim")
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
            yield "operator", other_operator
        case ast.Compare() if type(node.ops[0]) in OTHER:
            yield "operator", other_comparison
        case ast.UnaryOp(op=ast.USub() | ast.Not()):
            yield "operator", keep("operand")
        case ast.Constant(value=bool() | int() | float()):
            yield "constant", other_constant
        case ast.IfExp():
            yield "wrong condition", negate
        case ast.keyword():
            yield from _of_keyword(node)
        case ast.Call():
            yield from _of_call(node)


def _of_terms(node: ast.BinOp) -> Iterator[tuple[str, Change]]:
    if type(node.op) in OTHER:
        yield "operator", other_operator
    for side in ("right", "left"):
        yield "dropped term", keep(side)
    if isinstance(node.op, ast.Sub | ast.Div | ast.MatMult):
        yield "swapped operands", swap_operands


def _of_statement(node: ast.stmt) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.AugAssign() if type(node.op) in OTHER:
            yield "operator", other_operator
            yield "missing statement", remove_statement
        case ast.Expr(value=ast.Call()) if not _is_talk(node.value):
            yield "missing call", remove_statement
        case ast.If():
            yield "wrong condition", negate
        case ast.FunctionDef(name="forward"):
            yield "detach", detach_result
        case ast.Return(value=ast.Tuple(elts=[_, _, *_])):
            yield "swapped results", swap_results
        case ast.Assign():
            yield from _of_assignment(node)


def _of_assignment(node: ast.Assign) -> Iterator[tuple[str, Change]]:
    if _adds_to_name(node):
        yield "in-place", in_place
    if isinstance(node.targets[0], ast.Name) and any(isinstance(part, ast.Call) for part in ast.walk(node.value)):
        yield "no gradients", without_gradients


def _of_keyword(node: ast.keyword) -> Iterator[tuple[str, Change]]:
    if node.arg in AXES and axis_of(node.value) is not None:
        yield "axis", other_axis
    if node.arg is not None:
        yield "missing argument", remove_keyword


def _of_call(node: ast.Call) -> Iterator[tuple[str, Change]]:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if isinstance(node.func, ast.Attribute) and name in MODES:
        yield "wrong mode" if name in ("train", "eval") else "wrong function", other_method
    if len(node.args) >= 2:
        yield "swapped arguments", swap_arguments
    if len(node.args) == 1 and not isinstance(node.args[0], ast.Starred):
        yield "missing call", only_argument
    if isinstance(node.func, ast.Attribute) and not node.args:
        yield "missing call", only_receiver
    if name == "Sequential" and len(node.args) > 1:
        for number in range(len(node.args)):
            yield "missing layer", without_argument(number)
    if name == "range" and len(node.args) == 1:
        yield "off by one", one_less


def _adds_to_name(node: ast.Assign) -> bool:
    value = node.value
    simple = len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    arithmetic = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub | ast.Mult | ast.Div)
    return simple and arithmetic and isinstance(value, ast.BinOp) and isinstance(value.left, ast.Name)
