"""A submission's command lines: how its scripts may be started, with what they know, and as its shell scripts do it."""

from __future__ import annotations

import ast
import contextlib
import re
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .script_files import MAX_BYTES, ScriptFile
from .source import tree

MAX_SCRIPTS, MAX_LINES = 4, 10
SHELL = (".sh", ".bat", ".txt", ".md", ".slurm", ".job", ".ipynb")
OPTION = re.compile(r"--(\w+)")


@dataclass(frozen=True)
class CommandLine:
    """A script of the submission and what it is started with. `own` are the arguments that the submission chooses."""

    script: str
    own: tuple[str, ...]
    arguments: tuple[str, ...]

    @property
    def words(self) -> str:
        """For messages: the script and the arguments that tell it from others."""
        return " ".join((self.script, *self.own))


@dataclass(frozen=True)
class StartOptions:
    """How a course starts its script: `handout` holds the options and their values.

    `choice` is the option whose value says which network is made. The `shared` ones, and the handout's, say nothing
    about that.
    """

    handout: Mapping[str, str]
    choice: str
    shared: tuple[str, ...] = ()


def command_lines(scripts: Sequence[ScriptFile], networks: Collection[str], options: StartOptions) -> list[CommandLine]:
    """Every way to start a script that makes a network: with each choice that it knows, and as shell scripts start it.

    `networks` are the names of the classes of networks of which a script makes one.
    """
    found: dict[tuple[str, tuple[str, ...]], CommandLine] = {}
    for script in [one for one in scripts if _makes(one.text, networks)][:MAX_SCRIPTS]:
        beside = _beside(script, scripts)
        known = _options(beside, options)
        for own in (*_by_choice(beside, options.choice), *_by_shell(script, options)):
            given = [word for name, value in options.handout.items() if name in known for word in (f"--{name}", value)]
            line = CommandLine(script.path, own, (*given, *own))
            found.setdefault((line.script, line.arguments), line)
    return list(found.values())[:MAX_LINES]


def _makes(text: str, networks: Collection[str]) -> bool:
    """Whether the file makes a network, outside of classes."""
    return any(f"{name}(" in text for name in networks) and any(
        isinstance(node, ast.Call) and _name(node.func) in networks for node in _outside_classes(_tree(text))
    )


def _tree(text: str) -> ast.Module:
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        found: ast.Module = tree(text)
        return found
    return ast.Module([], [])


def _outside_classes(tree: ast.AST) -> Iterator[ast.AST]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += [child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.ClassDef)]


def _name(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _beside(script: ScriptFile, scripts: Sequence[ScriptFile]) -> list[ScriptFile]:
    """The script, and the file with its arguments."""
    folder = Path(script.path).parent
    return [
        script,
        *(
            other
            for other in scripts
            if "arg" in Path(other.path).stem.lower() and Path(other.path).parent in (folder, *folder.parents)
        ),
    ]


def _options(beside: Sequence[ScriptFile], options: StartOptions) -> set[str]:
    """The options that may be given. Without the submission's own reader of arguments, the given one takes all."""
    texts = [part.text for part in beside if "add_argument" in part.text]
    return {name for text in texts for name in OPTION.findall(text)} if texts else set(options.handout)


def _by_choice(beside: Sequence[ScriptFile], choice: str) -> Iterator[tuple[str, ...]]:
    words = dict.fromkeys(word for part in beside for word in choices(part.text, choice))
    yield from ((f"--{choice}", word) for word in words)
    if not words:
        yield ()


def choices(text: str, choice: str) -> Iterator[str]:
    """The texts that a script compares the choice with, looks it up by, or lets it be chosen from."""
    if choice not in text:
        return
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.Call) and f"--{choice}" in ast.unparse(node)[:80]:
            yield from _texts([word.value for word in node.keywords if word.arg in ("choices", "default")])
        elif not isinstance(node, ast.Compare) or choice in ast.unparse(node):
            yield from _texts(compared_with(node))


def compared_with(node: ast.AST) -> list[ast.expr | None]:
    """What values are compared with or looked up by at one place of a program."""
    match node:
        case ast.Compare():
            return [node.left, *node.comparators]
        case ast.Dict():
            return list(node.keys)
        case ast.Call(func=ast.Name("dict" | "OrderedDict")):
            return [*_keys_of_pairs(node.args), *(ast.Constant(one.arg) for one in node.keywords if _chosen(one.value))]
        case ast.Assign(targets=[ast.Subscript(slice=key)], value=value) if _chosen(value):
            return [key]
        case ast.MatchValue():
            return [node.value]
        case _:
            return []


def _keys_of_pairs(arguments: Sequence[ast.expr]) -> Iterator[ast.expr]:
    pairs = [pair for part in arguments if isinstance(part, ast.List | ast.Tuple) for pair in part.elts]
    for pair in pairs:
        if isinstance(pair, ast.List | ast.Tuple) and len(pair.elts) == 2 and _chosen(pair.elts[1]):
            yield pair.elts[0]


def _chosen(value: ast.expr) -> bool:
    """Whether a table's value is a class, or several, and no plain setting."""
    if isinstance(value, ast.List | ast.Tuple):
        return any(map(_chosen, value.elts))
    return isinstance(value, ast.Lambda) or _name(value)[:1].isupper()


def _texts(parts: list[ast.expr | None]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.List | ast.Tuple | ast.Set):
            yield from _texts([*part.elts])


def _by_shell(script: ScriptFile, options: StartOptions) -> Iterator[tuple[str, ...]]:
    """What shell scripts and notes start this script with, without what is the same for every network."""
    name = Path(script.path).name
    for text in _shell_texts():
        for line in text.split("\n"):
            before, found, after = line.partition(name)
            if found and "python" in before:
                yield tuple(_own(after, (*options.handout, *options.shared)))


def _shell_texts() -> Iterator[str]:
    for path in sorted(Path.cwd().rglob("*")):
        if path.suffix.lower() in SHELL and path.is_file() and path.stat().st_size <= MAX_BYTES:
            yield path.read_bytes().decode("utf-8", "replace").replace("\\\n", " ")


def _own(text: str, shared: Collection[str]) -> Iterator[str]:
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return
    skipping = False
    for word in words:
        if word in ("|", ">", ">>", "2>&1", "&", "&&", ";"):
            return
        if word.startswith("--"):
            name, _, value = word[2:].partition("=")
            skipping = name in shared
            if not skipping:
                yield from (f"--{name}", value) if value else (f"--{name}",)
        elif not skipping and "$" not in word:
            yield word
