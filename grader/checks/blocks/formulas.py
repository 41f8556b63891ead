"""Formulas that students type, read without running them: arithmetic, a few functions, and named variables."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Collection, Mapping

LONGEST, DEEPEST = 500, 40
FUNCTIONS: Mapping[str, Callable[[float], float]] = {
    name: getattr(math, name)
    for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sinh", "cosh", "atan", "asin", "acos")
} | {"ln": math.log, "abs": abs, "sigmoid": lambda x: 1 / (1 + math.exp(-x)), "relu": lambda x: max(x, 0.0)}
CONSTANTS = {"pi": math.pi, "e": math.e}
_SIGNS = {"^": "**", "·": "*", "×": "*", "−": "-", "²": "**2", "³": "**3", "\\cdot": "*", "\\times": "*"} | {
    "\\left": "",
    "\\right": "",
    "\\sigma": "sigmoid",
}
_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_TOKEN = re.compile(r"\d+\.?\d*(?:[eE][-+]?\d+)?|\.\d+|[^\W\d]\w*(?:\.[^\W\d]\w*)*|\*\*|\S")


class NoFormula(ValueError):
    """A text that is none. The message is for the student."""


def names_in(text: str) -> tuple[str, ...]:
    """The variables of a formula: all names that are no functions or constants. Raises NoFormula."""
    names = [node.id for node in ast.walk(parsed(text)) if isinstance(node, ast.Name)]
    return tuple(dict.fromkeys(name for name in names if name not in FUNCTIONS and name not in CONSTANTS))


def parsed(text: str, variables: Collection[str] = ()) -> ast.expr:
    """A formula as a tree: with `^` for powers too, some LaTeX, and products of `variables` without a sign, such as
    `2x(1-x)`. Raises NoFormula.
    """
    if len(text) > LONGEST:
        raise NoFormula(f"it has {len(text):,} characters, at most {LONGEST} can be read")
    try:
        return ast.parse(_with_products(_plain(text), variables), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise NoFormula(f"{text[:80]!r} cannot be read: write it as in Python, such as 2*x*exp(-x**2)") from None


def _plain(text: str) -> str:
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    while (simpler := _FRACTION.sub(r"((\1)/(\2))", text)) != text:
        text = simpler
    return text.replace("\\", " ").replace("{", "(").replace("}", ")").strip()


def _with_products(text: str, variables: Collection[str]) -> str:
    """`2*x*(1-x)` for `2x(1-x)`."""
    known, parts = {*variables, *CONSTANTS}, list[str]()
    for part in _TOKEN.findall(text):
        before = parts[-1] if parts else ""
        ends = before == ")" or before in known or before[:1].isdigit()
        begins = part == "(" or part in known or part in FUNCTIONS
        parts += ["*", part] if ends and begins and (before not in FUNCTIONS or before in variables) else [part]
    return " ".join(parts)


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
