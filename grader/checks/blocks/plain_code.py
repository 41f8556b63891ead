"""Whether source is plain: nothing in it could reach what is noted of its run, or run where nothing is noted."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from grader.checks.blocks.scopes import constant
from grader.inside import source

# Modules of Python's that are no way into the interpreter or out of it.
_STANDARD = """
__future__ abc argparse array base64 bisect calendar cmath collections colorsys contextlib copy csv dataclasses datetime
decimal enum fractions functools glob gzip hashlib heapq html io itertools json keyword locale logging math numbers
operator os pathlib pprint queue random re shutil statistics string struct sys tempfile textwrap time tokenize traceback
typing unicodedata unittest urllib uuid warnings zipfile zlib
"""
_OTHERS = """
IPython PIL albumentations cv2 einops google imageio ipywidgets jaxtyping matplotlib mpl_toolkits numpy pandas plotly
scipy seaborn skimage sklearn tensorboard torch torchinfo torchmetrics torchsummary torchvision tqdm typing_extensions
wandb
"""
_DUNDER = """
abs add all and annotations author bool call class contains delitem div doc enter eq exit file float floordiv format
future ge getitem gt hash iadd imatmul imul index init int invert isub iter itruediv le len lt main matmul mod mul name
ne neg or pos post_init pow radd rand repr reversed rmatmul rmod rmul ror rpow rsub rtruediv rxor setitem slots str sub
truediv version xor
"""
_REACHES = """
_C _VF _VariableFunctions _core _dynamo _getframe _methods _ops _refs addaudithook ag_frame allow_pickle attrgetter
compile cpp_extension cr_frame ctypeslib current_frames currentframe execv execve execvp f2py f_back f_builtins f_code
f_globals f_locals fork forkpty fx get_type_hints gi_frame hub jit meta_path methodcaller mock modules multiprocessing
num_workers ops overrides path_hooks popen read_pickle setprofile settrace spawn system tb_frame tb_next walk_stack
walk_tb
"""
_BUILTINS = "exec eval compile __import__ globals locals vars delattr setattr breakpoint"
STANDARD, OTHERS, DUNDER = (frozenset(listed.split()) for listed in (_STANDARD, _OTHERS, _DUNDER))
REACHES, BUILTINS = (frozenset(listed.split()) for listed in (_REACHES, _BUILTINS))
OF_LIBRARIES = ("compile", "fx", "hub", "jit", "modules", "ops", "overrides")  # of other values, names like any


def why_not_plain(chunks: Sequence[source.Chunk], own: frozenset[str]) -> str | None:
    """The first thing in these parts of files that is not; modules that are called `own` are the student's."""
    own -= OTHERS  # installed packages come before files of the same name
    for chunk in chunks:
        try:
            tree, _ = source.usable(chunk)
        except (ValueError, RecursionError, MemoryError):
            return f"{chunk.name}, which cannot be read"
        libraries = _libraries(tree, own)
        usual = {id(part) for node in ast.walk(tree) for part in _of_self(node)}
        for node in ast.walk(tree):
            for found in _reaching(node, libraries, own) if id(node) not in usual else ():
                return f"{found} in {chunk.name}, line {getattr(node, 'lineno', 0)}"
    return None


def _of_self(node: ast.AST) -> Iterator[ast.AST]:
    """`setattr` of `setattr(self, f"layer{i}", …)`."""
    match node:
        case ast.Call(func=ast.Name(id="setattr" | "delattr") as name, args=[ast.Name(id="self"), *_]):
            yield name


def _reaching(node: ast.AST, libraries: set[str], own: frozenset[str]) -> Iterator[str]:
    match node:
        case ast.Import():
            yield from _of_imports([alias.name for alias in node.names], [], own)
        case ast.ImportFrom():
            modules = [node.module] if node.module and not node.level else []
            yield from _of_imports(modules, [alias.name for alias in node.names], own)
        case ast.Name():
            yield from (node.id,) if node.id in BUILTINS or not _is_usual(node.id) else ()
        case ast.Attribute():
            yield from _of_attribute(node, libraries)
        case ast.Call(func=ast.Name(id="getattr"), args=[owner, name, *_]):
            yield from _of_getattr(owner, name)
        case ast.keyword():
            off = isinstance(node.value, ast.Constant) and node.value.value in (False, 0)
            if (node.arg in REACHES and not off) or (node.arg == "weights_only" and off):
                yield str(node.arg)


def _of_imports(modules: Sequence[str], names: Sequence[str], own: frozenset[str]) -> Iterator[str]:
    yield from (f"import {module}" for module in modules if not _is_known(module, own))
    parts = {part for module in modules for part in module.split(".")} | set(names)
    yield from sorted(parts & REACHES)


def _of_getattr(owner: ast.expr, name: ast.expr) -> Iterator[str]:
    looked_up = constant(name)
    if looked_up is None:
        is_self = isinstance(owner, ast.Name) and owner.id == "self"
        yield from () if is_self else ("getattr",)
    elif looked_up in REACHES or not _is_usual(looked_up):
        yield looked_up


def _of_attribute(node: ast.Attribute, libraries: set[str]) -> Iterator[str]:
    of_library = _root(node) in libraries
    if not _is_usual(node.attr) or (node.attr in REACHES and (of_library or node.attr not in OF_LIBRARIES)):
        yield node.attr
    elif of_library and not isinstance(node.ctx, ast.Load) and ".backends." not in ast.unparse(node):  # it is changed
        yield ast.unparse(node)


def _is_known(module: str, own: frozenset[str]) -> bool:
    top = module.partition(".")[0]
    return top in own or top in STANDARD or top in OTHERS


def _is_usual(name: str) -> bool:
    if name.startswith("__") and name.endswith("__"):
        return name.strip("_") in DUNDER
    return True


def _libraries(tree: ast.Module, own: frozenset[str]) -> set[str]:
    """Names that stand for libraries and parts of them."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            module = node.module or "" if isinstance(node, ast.ImportFrom) else ""
            found |= {
                alias.asname or alias.name.partition(".")[0]
                for alias in node.names
                if (module or alias.name).partition(".")[0] not in own | (STANDARD - {"os", "sys"})
            }
    while True:
        more = {
            target.id
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute) and _root(node.value) in found
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        if more <= found:
            return found
        found |= more


def _root(node: ast.expr) -> str:
    """`torch` of `torch.nn.functional.relu`."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
