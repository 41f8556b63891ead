"""Numbers that a submission sets: read from the text of its code and of its other files, never run."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from grader.checks.logged.columns import normal
from grader.checks.logged.training_run import EPISODES, EPOCHS, STEPS, UPDATES, Fact, TrainingRun

# Names for one thing. The first is what it is called in words.
ALIASES: tuple[tuple[str, ...], ...] = (
    ("learning rate", "lr", "learning_rate", "step_size", "eta", "lr_rate", "lrate", "base_lr", "init_lr"),
    ("discount", "gamma", "discount_factor", "discount_rate"),
    ("batch size", "batch_size", "bs", "batchsize", "minibatch_size", "mini_batch_size", "train_batch_size"),
    ("epochs", "epochs", "num_epochs", "n_epochs", "max_epochs", "nb_epochs", "number_of_epochs"),
    ("episodes", "episodes", "num_episodes", "n_episodes", "max_episodes", "total_episodes", "number_of_episodes"),
    (
        "steps",
        "total_steps",
        "total_timesteps",
        "num_steps",
        "max_timesteps",
        "n_steps_total",
        "train_steps",
        "training_steps",
        "num_timesteps",
        "steps",
        "env_steps",
        "total_env_steps",
        "budget",
        "max_train_steps",
    ),
    ("hidden size", "hidden_size", "hidden", "hidden_dim", "hidden_units", "n_hidden", "width"),
    ("momentum", "momentum"),
    ("weight decay", "weight_decay", "wd", "l2"),
    ("dropout", "dropout", "p_drop", "dropout_rate"),
    ("epsilon", "epsilon", "eps_clip", "clip_eps", "clip_range", "clip_coef"),
    ("lambda", "gae_lambda", "lam", "lmbda"),
    ("entropy coefficient", "entropy_coef", "ent_coef", "entropy_coeff", "beta_entropy"),
    ("replay size", "buffer_size", "replay_size", "memory_size", "capacity"),
    ("tau", "tau", "polyak"),
)
UNITS = (EPISODES, EPOCHS, UPDATES, STEPS)
_NAMES = {alias: group[0] for group in ALIASES for alias in group[1:]}
NOT_COMPARED = frozenset(("seed", "device", "time", "version", "date", "verbose", "num_workers"))
_NUMBER = r"[-+]?\d[\d_,]*\.?\d*(?:[eE][-+]?\d+)?|[-+]?\.\d+(?:[eE][-+]?\d+)?"
_WRITTEN = re.compile(rf"(?:--)?\b([A-Za-z][\w-]{{0,40}})[\"'`]?\s*(?:[:=|]\s*|\s){{1,2}}[\"'`]?({_NUMBER})(?![\w.])")
_ENVIRONMENT = re.compile(r"""(?:\bmake|\benv\w*["']?\s*[:=])\s*\(?\s*["']([\w./-]{3,60})["']""")
MAX_TEXT = 400_000
Settings = Mapping[str, frozenset[float]]


def what(name: str) -> str:
    """What a setting is called here: `lr` and `train/learning_rate` are both the learning rate."""
    last = normal(name).rpartition("/")[2].replace(".", "_")
    return _NAMES.get(last, last)


def in_code(source: str) -> Iterator[tuple[str, float]]:
    """Names and numbers: assignments, defaults, keywords, keys of dictionaries, options of a command line."""
    try:
        tree = ast.parse(source[:MAX_TEXT])
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield from in_text(source)
        return
    counters = set(_counters(tree))
    for node in ast.walk(tree):
        yield from (
            (what(name), value) for name, part in _pairs(node) if name not in counters for value in numbers(part)
        )


def _counters(tree: ast.AST) -> Iterator[str]:
    """Names of steps, episodes and the like that are counted up from where they are set."""
    for node in ast.walk(tree):
        match node:
            case ast.AugAssign(target=target, op=ast.Add()):
                name = _name(target)
            case ast.Assign(targets=[target], value=ast.BinOp(left=left, op=ast.Add())) if _name(target) == _name(left):
                name = _name(target)
            case _:
                continue
        if name and what(name) in UNITS:
            yield name


def _pairs(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    match node:
        case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=parts)) if len(targets) == len(parts):
            yield from ((name, value) for target, value in zip(targets, parts, strict=True) if (name := _name(target)))
        case ast.Assign(targets=targets, value=value):
            yield from ((name, value) for target in targets if (name := _name(target)))
        case ast.AnnAssign(target=target, value=ast.expr() as value) if name := _name(target):
            yield name, value
        case ast.keyword(arg=str(name), value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        case ast.FunctionDef(args=found) | ast.AsyncFunctionDef(args=found):
            yield from _defaults(found)
        case ast.Call(args=[ast.Constant(value=str(flag)), *_]) if flag.startswith("-"):
            yield from _option(node)


def _option(call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The default of `add_argument("--lr", default=0.01)`, by each of its names."""
    names = [part.value for part in call.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    for keyword in call.keywords:
        if keyword.arg == "default":
            yield from ((name.lstrip("-").replace("-", "_"), keyword.value) for name in names)


def _defaults(found: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    places = [*found.posonlyargs, *found.args]
    if found.defaults:
        pairs = zip(places[-len(found.defaults) :], found.defaults, strict=True)
        yield from ((place.arg, value) for place, value in pairs)
    for place, default in zip(found.kwonlyargs, found.kw_defaults, strict=True):
        if default is not None:
            yield place.arg, default


def _name(target: ast.expr) -> str | None:
    match target:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))):
            return name
    return None


def numbers(node: ast.expr, depth: int = 0) -> Iterator[float]:
    """The number that an expression is, `2 * 10**4` and `int(5e4)` included; of a list or a choice all of them."""
    match node:
        case ast.Constant(value=value) if isinstance(value, int | float) and not isinstance(value, bool):
            yield _float(value)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            yield from (-value for value in numbers(inner, depth + 1))
        case ast.BinOp(left=left, op=op, right=right) if depth < 8:
            for one in list(numbers(left, depth + 1))[:3]:
                for two in list(numbers(right, depth + 1))[:3]:
                    yield from _worked_out(op, one, two)
        case ast.Call(func=ast.Name(id="int" | "float" | "round"), args=[inner, *_]):
            yield from numbers(inner, depth + 1)
        case ast.List(elts=parts) | ast.Tuple(elts=parts) if depth < 3:
            yield from (value for part in parts[:20] for value in numbers(part, depth + 1))
        case ast.IfExp(body=body, orelse=other) if depth < 3:
            yield from (value for part in (body, other) for value in numbers(part, depth + 1))


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf")


def _worked_out(op: ast.operator, one: float, two: float) -> Iterator[float]:
    try:
        match op:
            case ast.Mult():
                yield one * two
            case ast.Div() | ast.FloorDiv():
                yield one / two
            case ast.Add():
                yield one + two
            case ast.Sub():
                yield one - two
            case ast.Pow() if abs(two) <= 64:
                yield float(one**two)
    except (ZeroDivisionError, OverflowError, TypeError):
        return


def in_text(text: str) -> Iterator[tuple[str, float]]:
    """Names with numbers behind them: `--lr 0.01`, `lr: 0.01`, `| lr | 0.01 |`."""
    for name, number in _WRITTEN.findall(text[:MAX_TEXT]):
        try:
            yield what(name.replace("-", "_")), float(number.replace("_", "").replace(",", ""))
        except ValueError:
            continue


def of_files(texts: Mapping[str, str]) -> Settings:
    """All settings of a submission's texts, by what they are called; each may have several values."""
    found: dict[str, set[float]] = defaultdict(set)
    for path, text in texts.items():
        for name, value in in_code(text) if path.endswith((".py", ".ipynb")) else in_text(text):
            found[name].add(value)
    return {name: frozenset(values) for name, values in found.items()}


def contradictions(facts: Mapping[str, Fact], settings: Settings, texts: Sequence[str]) -> Iterator[str]:
    """Facts of a log that the submission's texts set to something else, and none of them to this."""
    for name, value in facts.items():
        called = what(name)
        if called in NOT_COMPARED or any(word in NOT_COMPARED for word in called.split("_")):
            continue
        number = _number(value)
        if number is not None and (known := settings.get(called)):
            if not any(_equal(number, one) for one in known):
                listed = ", ".join(f"{one:g}" for one in sorted(known)[:4])
                yield f"{name} is {number:g} in the log, and {listed} in the code"
        elif called in ("env", "env_id", "env_name", "environment") and isinstance(value, str):
            made = {hit.lower() for text in texts for hit in _ENVIRONMENT.findall(text)}
            if made and value.strip().lower() not in made:
                yield f"{name} is {value[:60]!r} in the log, and {', '.join(sorted(made)[:4])} in the code"


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _equal(one: float, two: float) -> bool:
    return abs(one - two) <= 1e-4 * max(abs(one), abs(two), 1e-12)


def _called(node: ast.Call) -> str | None:
    return node.func.id if isinstance(node.func, ast.Name) else None


def _counts(texts: Mapping[str, str]) -> Iterator[float]:
    """How often the code may do something: its whole numbers, and products of two that have names or that
    loops run to.
    """
    for path, text in texts.items():
        try:
            tree = ast.parse(text[:MAX_TEXT]) if path.endswith((".py", ".ipynb")) else ast.Module([], [])
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        every = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and type(node.value) is int]
        yield from (_float(value) for value in every)
        ranges = (node.args for node in ast.walk(tree) if isinstance(node, ast.Call) and _called(node) == "range")
        named = ([part] for node in ast.walk(tree) for _, part in _pairs(node))
        looped = [
            value for parts in (*ranges, *named) for part in parts for value in numbers(part) if value.is_integer()
        ][:60]
        yield from (one * two for one in looped for two in looped)


_STOPS = re.compile(r"\bbreak\b|early|patience|solved|stop", re.IGNORECASE)


def lengths(run: TrainingRun, settings: Settings, texts: Mapping[str, str]) -> Iterator[str]:
    """A run that is longer than the code's numbers allow, or shorter without anything in the code that stops it."""
    written = of_files({path: text for path, text in texts.items() if not path.lower().endswith(_PROSE)})
    counts, through = list(_counts(texts)), False
    for unit in UNITS:
        planned = [value for value in written.get(unit, ()) if value > 0]
        reached = run.reached(unit)
        if reached is None or (unit == STEPS and through):
            continue
        if any(abs(reached - count) <= max(run.gap(unit), 1.0) for count in (*counts, *settings.get(unit, ()))):
            through = True  # of steps the code may then say how many an episode lasts at most
            continue
        if not planned:
            continue
        most, least = max(planned), min(planned)
        gap = run.gap(unit)
        slack = max(2 * gap, 0.05 * most, 1.0)
        told = max(most, *settings.get(unit, ()))  # a command line that is written down counts
        through = through or least - slack <= reached <= most + slack
        if reached > max(most + slack, 1.05 * told):
            yield f"it has {reached:,.0f} {unit}, and the code runs for {most:,.0f} at most"
        elif reached < least - max(2 * gap, 0.05 * least, 1.0) and not any(map(_STOPS.search, texts.values())):
            yield f"it ends at {reached:,.0f} {unit}; the code runs for {least:,.0f}, and nothing in it stops before"


_PROSE = (".md", ".txt", ".rst", ".tex", ".log")
