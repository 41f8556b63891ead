"""Which network of a submission is the homework's: its definitions are at hand, its training script never runs."""

from __future__ import annotations

import ast
import contextlib
import copy
import functools
import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy

from inside.loading import Deadline
from inside.raised import class_name, last_line

from . import in_force, scripts

BUILD_S = 15.0
MAX_BUILDS, MAX_VERSIONS = 40, 8
HOMEWORK = re.compile(r"hw_?0?5", re.IGNORECASE)
EARLIER = re.compile(r"^(hw_?0?4_?)?net_?[123]$|hw_?0?4", re.IGNORECASE)  # the networks of homework 4
OFFICIAL = "DLStudio"
_SKIPS = re.compile(r"skip|short_?cut|resid", re.IGNORECASE)
# What to pass for a parameter that has no default and that no call in the scripts gives a value.
_MEANT: tuple[tuple[str, Any], ...] = (
    (r"dls|dl_?studio|parent", None),
    (r"class|n_?out|num_?out|categor", "classes"),
    (r"^in_|in_?ch|input_?ch", 3),
    (r"skip|shortcut|resid|batch_?norm|bn", True),
    (r"depth|blocks|layers|^n$", 8),
    (r"chan|width|filter|planes|feat", 64),
    (r"device", "cpu"),
)


@dataclass
class Candidate:
    """A way to make a network: a class or a function with arguments, or an object that a script made."""

    name: str
    source: Any
    args: list[Any] = field(default_factory=list)
    kwargs: dict[str, Any] = field(default_factory=dict)
    how: str = "its default arguments"
    called: bool = False
    unknown: list[str] = field(default_factory=list)
    tensors: int = 0
    convolutions: int = 0
    parts: set[str] = field(default_factory=set)  # names of the classes inside
    error: str | None = None

    def make(self, seed: int) -> nn.Module:
        """A new network on the CPU, every part in training mode, its weights drawn from `seed`."""
        torch.manual_seed(seed)
        made = copy.deepcopy(self.source) if isinstance(self.source, nn.Module) else self._call()
        if not issubclass(type(made), nn.Module):
            raise TypeError(f"{self.name} gives a {class_name(type(made))}, expected a torch.nn.Module")
        nn.Module.float(nn.Module.cpu(made))
        _materialise(made)
        for part in nn.Module.modules(made):  # students have methods of their own called `train`
            part.training = True
        return made

    def _call(self) -> Any:
        return self.source(*copy.copy(self.args), **self.kwargs)

    @property
    def rank(self) -> tuple[int, ...]:
        """The likelier, the higher: by name, by being called, by its skip connections, by its size."""
        homework, earlier = HOMEWORK.search(self.name) is not None, EARLIER.search(self.name) is not None
        likely = (self.error is None, self.convolutions > 0, homework, not earlier, self.called)
        return (*likely, not self.switched_off, self.tensors)

    @property
    def lacks_package(self) -> bool:
        """Whether it cannot be made because a package is not installed."""
        return self.error is not None and "package is not installed" in self.error

    @property
    def switched_off(self) -> bool:
        """Whether it is made without skip connections, as some do to compare."""
        try:
            given = inspect.signature(self.source).bind(*self.args, **self.kwargs).arguments
        except (TypeError, ValueError):
            given = self.kwargs
        return any(value is False and _SKIPS.search(name) for name, value in given.items())


def _materialise(network: nn.Module) -> None:
    """Lazy layers get their sizes from the first images that they see."""
    if not any(is_lazy(value) for value in nn.Module.parameters(network)):
        return
    for part in nn.Module.modules(network):
        part.training = False
    with torch.no_grad():
        network(torch.zeros(2, 3, 64, 64))


def find(session: Any, classes: int) -> tuple[Candidate | None, list[Candidate]]:
    """The network that is meant, and all that were looked at. `classes` is what a class count has to be."""
    if not hasattr(session, "_hw5_candidates"):
        session._hw5_candidates = _find(session, classes)
    found: tuple[Candidate | None, list[Candidate]] = session._hw5_candidates
    return found


def _find(session: Any, classes: int) -> tuple[Candidate | None, list[Candidate]]:
    trees = scripts.trees(Path.cwd())
    made = dict(_makers(session, trees))
    found = [*_called(session, trees, made), *_uncalled(made, classes), *_objects(session.main_names)][:MAX_BUILDS]
    for candidate in found:
        _measure(candidate, session.request["seed"])
    inner = {part for candidate in found for part in candidate.parts}
    whole = [one for one in found if getattr(one.source, "__name__", one.name) not in inner] or found
    best = max(whole, key=lambda one: one.rank, default=None)
    if best is None or not HOMEWORK.search(best.name):
        best = next((one for one in found if one.lacks_package and HOMEWORK.search(one.name)), best)
    return best, found


def undefined(session: Any) -> str | None:
    """The class of the homework's network, if the scripts have one that could not be defined."""
    trees = scripts.trees(Path.cwd())
    if lost := next((name for name in sorted(session.broken) if HOMEWORK.search(name)), None):
        return str(lost)
    kinds = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    wanted = [kind.name for kind in kinds if HOMEWORK.search(kind.name) and scripts.has_forward(kind)]
    known = {name for name, _ in _makers(session, trees)}
    return None if known & set(wanted) else next(iter(wanted), None)


def _measure(candidate: Candidate, seed: int) -> None:
    try:
        with Deadline(BUILD_S, "cpu"):
            network = candidate.make(seed)
            modules = list(nn.Module.modules(network))
    except MemoryError:
        raise
    except BaseException as error:  # noqa: BLE001 - constructors are student code
        candidate.error = last_line(error)
        return
    candidate.tensors = sum(1 for _ in nn.Module.parameters(network))
    candidate.convolutions = sum(isinstance(part, nn.Conv2d) for part in modules)
    candidate.parts = {class_name(type(part)) for part in modules} - {class_name(type(network))}


def _makers(session: Any, trees: Mapping[str, scripts.Program]) -> Iterator[tuple[str, Any]]:
    """Classes of networks and functions that make one, by name; the main file's come last, and so win."""
    for file, namespace in _namespaces(session, trees).items():
        if file != session.request["entry"]:
            yield from _in_namespace(namespace)
    for kind in session.classes():
        yield class_name(kind), kind
    for name, module in list(sys.modules.items()):
        if _is_own(module) or name == OFFICIAL:
            yield from _in_namespace(vars(module))
    yield from _hoisted(session.main_names, trees.get(session.request["entry"]))
    yield from _in_namespace(session.main_names)


def _namespaces(session: Any, trees: Mapping[str, scripts.Program]) -> dict[str, dict[str, Any]]:
    """What the names of each script mean; those that the main file has not imported are loaded."""
    if not hasattr(session, "_hw5_namespaces"):
        found = {}
        for file in trees:
            if file == session.request["entry"]:
                found[file] = session.main_names
            elif OFFICIAL not in file:
                module = _imported(file)
                found[file] = session.load_file(file).namespace if module is None else vars(module)
        session._hw5_namespaces = found
    namespaces: dict[str, dict[str, Any]] = session._hw5_namespaces
    return namespaces


def _imported(file: str) -> Any:
    path = str((Path.cwd() / file).resolve())
    return next((one for one in list(sys.modules.values()) if getattr(one, "__file__", None) == path), None)


def _is_own(module: Any) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(str(Path.cwd()))


def _in_namespace(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in list(namespace.items()):
        if isinstance(value, type):
            yield from _classes(value)
        elif isinstance(value, types.FunctionType | functools.partial) and _makes_network(name, value):
            yield name, value


def _classes(kind: type, depth: int = 3) -> Iterator[tuple[str, Any]]:
    """A class of networks, and those nested in a class, whatever that is."""
    if str(vars(kind).get("__module__", "")).split(".")[0] in ("torch", "torchvision", "builtins"):
        return
    if depth:
        for value in list(vars(kind).values()):
            if isinstance(value, type) and value is not kind:
                yield from _classes(value, depth - 1)
    if issubclass(kind, nn.Module):
        yield class_name(kind), kind


def _makes_network(name: str, function: Any) -> bool:
    """Whether a function's own text looks as if it returned a network. Functions that train are left alone."""
    code = getattr(getattr(function, "func", function), "__code__", None)
    if code is None or str(code.co_filename).startswith((sys.prefix, sys.base_prefix, "/usr")):
        return False
    used = set(code.co_names)
    trains = used & {"backward", "step", "zero_grad", "DataLoader", "imread"}
    likely = used & {"Sequential", "ModuleList"} or re.search(
        r"net|model|build|make|create|hw_?0?5", name, re.IGNORECASE
    )
    return bool(likely) and not trains


def _hoisted(namespace: dict[str, Any], tree: ast.Module | None) -> Iterator[tuple[str, Any]]:
    """Classes that are defined inside functions, executed as if they stood at the top of the script."""
    if tree is None:
        return
    outer = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.If)]
    nested = [
        node
        for function in outer
        for node in function.body
        if isinstance(node, ast.ClassDef | ast.Import | ast.ImportFrom)
    ]
    names = {node.name for node in nested if isinstance(node, ast.ClassDef)}
    for node in nested:
        if isinstance(node, ast.ClassDef) and node.name in namespace:
            continue
        try:
            with Deadline(BUILD_S, "cpu"):
                code = compile(ast.Module([node], []), "submission", "exec")
                exec(code, namespace)  # noqa: S102 - student code, in the sandbox
        except BaseException:  # noqa: BLE001, S112 - what cannot be defined is not a candidate
            continue
    for name in names & namespace.keys():
        if isinstance(namespace[name], type):
            yield from _classes(namespace[name])


def _called(session: Any, trees: Mapping[str, scripts.Program], made: Mapping[str, Any]) -> Iterator[Candidate]:
    for file, tree in trees.items():
        if OFFICIAL in file:
            continue
        names = {**session.main_names, **_namespaces(session, trees)[file]}
        for site in scripts.calls(tree, file, set(made), names):
            at_call = replace(site, scope=replace(site.scope, namespace={**names, **_in_force(session, tree, site)}))
            args, kwargs, unknown = at_call.arguments()
            source = _meant(at_call, made)
            filled = _filled(source, args, kwargs)
            how = f"{site.words()}{_values(at_call, args, kwargs)}"
            yield Candidate(site.name, source, args, filled, how, called=True, unknown=unknown)


def _in_force(session: Any, tree: scripts.Program, site: scripts.CallSite) -> dict[str, Any]:
    """The file's names as they were when a call was made, if some were given another meaning later."""
    later = in_force.left_out(tree, site.place)
    if not later:
        return {}
    if not hasattr(session, "_hw5_versions"):
        session._hw5_versions = {}
    versions: dict[Any, dict[str, Any]] = session._hw5_versions
    if (site.file, later) not in versions and len(versions) < MAX_VERSIONS:
        versions[site.file, later] = session.load_file(site.file, later).namespace
    return versions.get((site.file, later), {})


def _meant(site: scripts.CallSite, made: Mapping[str, Any]) -> Any:
    """The class or function that a call means where it stands."""
    with contextlib.suppress(scripts.Unknown):
        value = site.scope.value(site.node.func)
        is_network = isinstance(value, type) and issubclass(value, nn.Module)
        if is_network or isinstance(value, types.FunctionType | functools.partial):
            return value
    return made[site.name]


def _values(site: scripts.CallSite, args: list[Any], kwargs: Mapping[str, Any]) -> str:
    """What the arguments come to, where the call does not say it: `, depth = 8` after `Net(depth=args.depth)`."""
    plain = {ast.unparse(node) for node in (*site.node.args, *(part.value for part in site.node.keywords))}
    given = [("", value) for value in args] + list(kwargs.items())
    told = [
        f"{name} = {value!r}".removeprefix(" = ")
        for name, value in given
        if type(value) in (int, float, bool, str) and repr(value) not in plain
    ]
    return f", {', '.join(told)[:120]}" if told else ""


def _uncalled(made: Mapping[str, Any], classes: int) -> Iterator[Candidate]:
    for name, source in made.items():
        if str(getattr(source, "__module__", "")).split(".")[0] != OFFICIAL:
            yield Candidate(name, source, [], _filled(source, [], {}, classes))


def _objects(namespace: Mapping[str, Any]) -> Iterator[Candidate]:
    """Networks without a class or function of their own: `net = nn.Sequential(…)` at the top of a script."""
    for name, value in list(namespace.items()):
        if issubclass(type(value), nn.Sequential) and type(value) is nn.Sequential:
            yield Candidate(name, value, how=f"the object {name}", called=True)


def _filled(
    source: Callable[..., Any], args: list[Any], kwargs: dict[str, Any], classes: int | None = None
) -> dict[str, Any]:
    """The named arguments with a guess for each required parameter that was given none."""
    try:
        parameters = list(inspect.signature(source).parameters.values())[len(args) :]
    except (TypeError, ValueError):
        return kwargs
    found = dict(kwargs)
    for part in parameters:
        required = part.default is part.empty and part.kind in (part.POSITIONAL_OR_KEYWORD, part.KEYWORD_ONLY)
        counts = classes is not None and re.search(r"class", part.name, re.IGNORECASE) and isinstance(part.default, int)
        if part.name not in found and (required or counts):
            meant = next((value for pattern, value in _MEANT if re.search(pattern, part.name, re.IGNORECASE)), None)
            found[part.name] = (classes or 5) if meant == "classes" else meant
    return found
