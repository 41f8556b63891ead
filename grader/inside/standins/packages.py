"""Third-party packages that students import and that are not installed: harmless until they are used."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Callable, Sequence
from typing import Any

from ..raised import mark

# Absent packages whose mere import must not cost a student anything.
ABSENT = (
    "IPython",
    "albumentations",
    "cv2",
    "gdown",
    "google",
    "imageio",
    "ipywidgets",
    "lightning",
    "plotly",
    "pycocotools",
    "pymsgbox",
    "pytorch_lightning",
    "requests",
    "scienceplots",
    "seaborn",
    "skimage",
    "tensorboard",
    "tikzplotlib",
    "torchinfo",
    "torchmetrics",
    "torchsummary",
    "torchviz",
    "tqdm",
    "wandb",
)
# Bars of notebooks need a notebook, even where their package is installed.
ONLY_IN_NOTEBOOKS = ("tqdm.notebook",)


def install() -> None:
    """Let the packages of `ABSENT` be imported; any other missing package raises as usual."""
    sys.meta_path.insert(0, _AbsentPackages(ONLY_IN_NOTEBOOKS))
    sys.meta_path.append(_AbsentPackages(ABSENT))
    if importlib.util.find_spec("tensorboard").loader.__class__ is _AbsentPackages:  # type: ignore[union-attr]
        # PyTorch's own part for it looks at the package's version when it is imported.
        sys.modules["torch.utils.tensorboard"] = _Absent("torch.utils.tensorboard")


class _AbsentPackages(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if not any(f"{fullname}.".startswith(f"{name}.") for name in self.names):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return _Absent(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _Absent(types.ModuleType):
    """Any name of it can be imported; what only decorates or shows does nothing; the rest says it is absent."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "LightningModule":
            return importlib.import_module(f"{__package__}.lightning").LightningModule
        return _KNOWN.get(name) or _missing(f"{self.__name__}.{name}")


def _missing(name: str) -> Callable[..., Any]:
    def use(*_: Any, **__: Any) -> Any:
        words = f"{name} is used, but the package is not installed where work is graded"
        raise mark(ModuleNotFoundError(words), "package")

    use.__name__ = name
    return use


class _Progress:
    """`tqdm(iterable)` without the bar."""

    def __init__(self, iterable: Any = (), *args: Any, **kwargs: Any) -> None:
        self.iterable = iterable

    def __iter__(self) -> Any:
        return iter(self.iterable)

    def __len__(self) -> int:
        return len(self.iterable)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *args: object) -> None:
        pass

    write = staticmethod(print)

    def __getattr__(self, name: str) -> Any:
        return _nothing


class _Writer:
    """TensorBoard's `SummaryWriter`: whatever is written is forgotten."""

    def __init__(self, *_: Any, **__: Any) -> None:
        pass

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *args: object) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        return _nothing


def _nothing(*_: Any, **__: Any) -> None:
    return None


class _Drive:
    """`google.colab.drive`: mounting succeeds and nothing is there."""

    mount = staticmethod(_nothing)
    flush_and_unmount = staticmethod(_nothing)


class _Files:
    """`google.colab.files`: downloading to one's own machine does nothing, and there is nothing to upload."""

    download = staticmethod(_nothing)
    upload = staticmethod(_missing("google.colab.files.upload"))


_KNOWN: dict[str, Any] = {
    "tqdm": _Progress,
    "trange": lambda *args, **kwargs: _Progress(range(*args)),
    "tqdm_notebook": _Progress,
    "drive": _Drive,
    "files": _Files,
    "SummaryWriter": _Writer,
    # matplotlib asks for these once somebody has imported IPython.
    "get_ipython": lambda: None,
    "version_info": (8, 0),
    **dict.fromkeys(
        (
            "clear_output",
            "set",
            "set_theme",
            "set_style",
            "set_context",
            "set_palette",
            "despine",
            "init",
            "display",
            "set_matplotlib_formats",
            "summary",
            "save",
            "clean_figure",
        ),
        _nothing,
    ),
}
