"""Formulas that students type, read without running them: arithmetic, a few functions, and named variables."""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping

LONGEST, DEEPEST = 500, 40
FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    name: getattr(math, name)
    for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "atan", "asin", "acos")
} | {"ln": math.log, "abs": abs, "sigmoid": lambda x: 1 / (1 + math.exp(-x)), "relu": lambda x: max(x, 0.0)}
CONSTANTS = {"pi": math.pi, "e": math.e}


class NoFormula(ValueError):
    """A text that is none. The message is for the student."""


def parsed(text: str) -> ast.expr:
    """A formula as a tree, with `^` for powers too. Raises NoFormula."""
    if len(text) > LONGEST:
        raise NoFormula(f"it has {len(text):,} characters, at most {LONGEST} can be read")
    try:
        return ast.parse(text.strip().replace("^", "**").replace("·", "*").replace("−", "-"), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoFormula(f"{text[:80]!r} cannot be read: write it as in Python, such as 2*x*exp(-x**2)") from None


def value(tree: ast.expr, variables: Mapping[str, float], depth: int = DEEPEST) -> float:
    """Its value, in floating-point numbers alone. Raises NoFormula, also where it has none."""
    if depth == 0:
        raise NoFormula("it is nested too deeply")
    try:
        return float(_value(tree, variables, depth - 1))
    except (ArithmeticError, ValueError, TypeError) as error:
        raise (
            error if isinstance(error, NoFormula) else NoFormula(f"it has no value at some points ({error})")
        ) from None


def _value(tree: ast.expr, variables: Mapping[str, float], depth: int) -> float:
    match tree:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float(number)
        case ast.Name(id=name) if name in variables or name in CONSTANTS:
            return variables.get(name, CONSTANTS.get(name, math.nan))
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=part):
            inner = value(part, variables, depth)
            return -inner if isinstance(sign, ast.USub) else inner
        case ast.BinOp(left=left, op=operator, right=right):
            return _combined(operator, value(left, variables, depth), value(right, variables, depth))
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[argument], keywords=[]) if (
            name in FUNCTIONS
        ):
            return FUNCTIONS[name](value(argument, variables, depth))
        case ast.Name(id=name):
            raise NoFormula(f"{name!r} is none of the variables ({', '.join(variables) or 'there are none'})")
    raise NoFormula(f"{ast.unparse(tree)[:60]!r} is no formula of numbers, variables and {', '.join(FUNCTIONS)}")


def _combined(operator: ast.operator, left: float, right: float) -> float:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.Pow():
            found = left**right
            if isinstance(found, complex):
                raise NoFormula("it has no real value at some points")
            return float(found)
    raise NoFormula("expected + - * / and powers only")
