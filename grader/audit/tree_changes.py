"""What a mistake changes in a syntax tree: each change is given a node of a copy, and says whether it did anything."""

from __future__ import annotations

import ast
from collections.abc import Callable
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
MODES = {"train": "eval", "eval": "train", "mean": "sum", "sum": "mean", "max": "min", "min": "max"}


def other_operator(node: Any, _: ast.Module) -> bool:
    """`a - b` for `a + b`, `or` for `and`."""
    node.op = OTHER[type(node.op)]()
    return True


def other_comparison(node: Any, _: ast.Module) -> bool:
    """`>=` for `>`, `!=` for `==`."""
    node.ops[0] = OTHER[type(node.ops[0])]()
    return True


def keep(part: str) -> Change:
    """One part of it in its place: `a` for `a + b`."""
    return lambda node, tree: _replace(tree, node, getattr(node, part))


def swap_operands(node: Any, _: ast.Module) -> bool:
    """`b - a` for `a - b`."""
    node.left, node.right = node.right, node.left
    return True


def other_constant(node: Any, _: ast.Module) -> bool:
    """A number one larger or twice as large, the other truth value."""
    value = node.value
    if isinstance(value, bool):
        node.value = not value
    elif isinstance(value, int):
        node.value = value + 1
    elif isinstance(value, float):
        node.value = value * 2 if value else 1.0
    return True


def axis_of(value: ast.expr) -> int | None:
    """The axis that a keyword names, if it is written as a number."""
    try:
        found = ast.literal_eval(value)
    except ValueError:
        return None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def other_axis(node: Any, _: ast.Module) -> bool:
    """Change the axis that a call names to another one."""
    axis = axis_of(node.value)
    node.value = ast.Constant({0: 1, -1: 0}.get(axis or 0, (axis or 0) - 1))
    return True


def remove_keyword(node: Any, tree: ast.Module) -> bool:
    """A call without this argument."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and any(one is node for one in call.keywords):
            call.keywords = [one for one in call.keywords if one is not node]
            return True
    return False


def other_method(node: Any, _: ast.Module) -> bool:
    """The method that is taken for it: `eval` for `train`, `sum` for `mean`."""
    node.func.attr = MODES[node.func.attr]
    return True


def swap_arguments(node: Any, _: ast.Module) -> bool:
    """The first two arguments of a call, one in the place of the other."""
    node.args[0], node.args[1] = node.args[1], node.args[0]
    return True


def only_argument(node: Any, tree: ast.Module) -> bool:
    """`x` for `f(x)`."""
    return _replace(tree, node, node.args[0])


def only_receiver(node: Any, tree: ast.Module) -> bool:
    """`x` for `x.f()`."""
    return _replace(tree, node, node.func.value)


def without_argument(number: int) -> Change:
    """A call without its argument at this place."""

    def change(node: Any, _: ast.Module) -> bool:
        del node.args[number]
        return True

    return change


def one_less(node: Any, _: ast.Module) -> bool:
    """`range(n - 1)` for `range(n)`."""
    node.args[0] = ast.BinOp(node.args[0], ast.Sub(), ast.Constant(1))
    return True


def negate(node: Any, _: ast.Module) -> bool:
    """Turn a condition into its opposite."""
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return True


def detach_result(node: Any, _: ast.Module) -> bool:
    """What is returned, without its gradients."""
    changed = False
    for part in ast.walk(node):
        if isinstance(part, ast.Return) and part.value is not None and not isinstance(part.value, ast.Tuple):
            part.value = ast.Call(ast.Attribute(part.value, "detach", ast.Load()), [], [])
            changed = True
    return changed


def swap_results(node: Any, _: ast.Module) -> bool:
    """The first two results, one in the place of the other."""
    first, second, *others = node.value.elts
    node.value.elts = [second, first, *others]
    return True


def in_place(node: Any, tree: ast.Module) -> bool:
    """`a = b + c` as `b += c; a = b`."""
    name = node.value.left
    changed = ast.AugAssign(ast.Name(name.id, ast.Store()), node.value.op, node.value.right)
    return _replace_statement(tree, node, [changed, ast.Assign(node.targets, ast.Name(name.id, ast.Load()))])


def without_gradients(node: Any, tree: ast.Module) -> bool:
    """A function's statement under `torch.no_grad()`, where PyTorch is imported by its name."""
    imported = {name.name for one in tree.body if isinstance(one, ast.Import) for name in one.names}
    if "torch" not in imported or any(one is node for one in tree.body):
        return False
    no_grad = ast.parse("with torch.no_grad():\n    pass").body[0]
    assert isinstance(no_grad, ast.With)  # noqa: S101 - as it is written above
    no_grad.body = [node]
    return _replace_statement(tree, node, [no_grad])


def remove_statement(node: Any, tree: ast.Module) -> bool:
    """Take a statement out and put nothing in its place."""
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
