"""The submission's command lines: training scripts, the block types that they know, and lines of shell scripts."""

from __future__ import annotations

import ast
import contextlib
import re
import shlex
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from inside.source import tree

from . import files

MAX_SCRIPTS, MAX_LINES = 4, 10
SHELL = (".sh", ".bat", ".txt", ".md", ".slurm", ".job", ".ipynb")
OPTION = re.compile(r"--(\w+)")
# VGG_38 as the handout's script starts it, but for the size of a batch.
HANDOUT = {
    "batch_size": "4",
    "num_stages": "3",
    "num_blocks_per_stage": "5",
    "num_filters": "32",
    "num_classes": "100",
    "image_num_channels": "3",
    "image_height": "32",
    "image_width": "32",
    "num_epochs": "1",
    "use_gpu": "False",
}


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


def command_lines(networks: Collection[str]) -> list[CommandLine]:
    """Every way to start a training script: with each type of block it knows, and as shell scripts start it.

    `networks` are the names of the classes of networks that a training script makes one of.
    """
    found: dict[tuple[str, tuple[str, ...]], CommandLine] = {}
    for source in [source for source in files.sources() if _makes(source.text, networks)][:MAX_SCRIPTS]:
        options = _options(source)
        for own in (*_by_block_type(source), *_by_shell(source)):
            given = [word for name, value in HANDOUT.items() if name in options for word in (f"--{name}", value)]
            line = CommandLine(source.path, own, (*given, *own))
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


def _beside(source: files.Source) -> list[files.Source]:
    """The script, and the file with its arguments."""
    folder = Path(source.path).parent
    return [
        source,
        *(
            other
            for other in files.sources()
            if "arg" in Path(other.path).stem.lower() and Path(other.path).parent in (folder, *folder.parents)
        ),
    ]


def _options(source: files.Source) -> set[str]:
    """The options that may be given. Without the submission's own reader of arguments, the given one takes all."""
    texts = [part.text for part in _beside(source) if "add_argument" in part.text]
    return {name for text in texts for name in OPTION.findall(text)} if texts else set(HANDOUT)


def _by_block_type(source: files.Source) -> Iterator[tuple[str, ...]]:
    words = dict.fromkeys(word for part in _beside(source) for word in block_types(part.text))
    yield from (("--block_type", word) for word in words)
    if not words:
        yield ()


def block_types(text: str) -> Iterator[str]:
    """The texts that a script compares its block type with, looks it up by, or lets it be chosen from."""
    if "block_type" not in text:
        return
    for node in ast.walk(_tree(text)):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.Compare) and "block_type" in ast.unparse(node):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict):
            parts = node.keys
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        elif isinstance(node, ast.Call) and "--block_type" in ast.unparse(node)[:80]:
            parts = [word.value for word in node.keywords if word.arg in ("choices", "default")]
        yield from _texts(parts)


def _texts(parts: list[ast.expr | None]) -> Iterator[str]:
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
        elif isinstance(part, ast.List | ast.Tuple | ast.Set):
            yield from _texts([*part.elts])


def _by_shell(source: files.Source) -> Iterator[tuple[str, ...]]:
    """What shell scripts and notes start this script with, without what is the same for every network."""
    name = Path(source.path).name
    for text in _shell_texts():
        for line in text.split("\n"):
            before, found, after = line.partition(name)
            if found and "python" in before:
                yield tuple(_own(after))


def _shell_texts() -> Iterator[str]:
    for path in sorted(Path.cwd().rglob("*")):
        if path.suffix.lower() in SHELL and path.is_file() and path.stat().st_size <= files.MAX_BYTES:
            yield path.read_bytes().decode("utf-8", "replace").replace("\\\n", " ")


def _own(text: str) -> Iterator[str]:
    try:
        words = shlex.split(text, comments=True)
    except ValueError:
        return
    shared = (*HANDOUT, "seed", "experiment_name", "continue_from_epoch", "weight_decay_coefficient")
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
