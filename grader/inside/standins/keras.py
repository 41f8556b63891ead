"""Keras 3 on its torch backend for notebooks that were written for TensorFlow; training is left out.

`tensorflow` is a shell: `tensorflow.keras` and what is below it are Keras, a few everyday names are mapped,
everything else says when it is used that it is not here. `fit` returns at once with an empty history, because
what is asked of these networks is how they are built. Without Keras its import says so.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import re
import sys
import types
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from ..raised import mark

_ASKED_FOR = re.compile(r"\b(?:from|import)\s+(?:tensorflow|keras)\b")
_OLD_NAMES = {"lr": "learning_rate"}
_OPTIMIZERS = ("SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "Nadam")
NOT_HERE = "Keras is not installed where work is graded, so that this notebook cannot be run"


def is_asked_for(sources: str) -> bool:
    """Whether a submission imports Keras or TensorFlow."""
    return bool(_ASKED_FOR.search(sources))


def is_installed() -> bool:
    """Whether Keras can be imported here."""
    return importlib.util.find_spec("keras") is not None


def install() -> None:
    """Let `keras` and `tensorflow` be imported; TensorFlow's own package, were it there, is not used."""
    os.environ["KERAS_BACKEND"] = "torch"
    sys.meta_path.insert(0, _TensorFlowNames())
    if is_installed():
        _prepare(importlib.import_module("keras"))


class _TensorFlowNames(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        top = fullname.split(".", maxsplit=1)[0]
        if top == "tensorflow" or (top == "keras" and not is_really_there(fullname)):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        names = spec.name.removeprefix("tensorflow.python.").removeprefix("tensorflow.").split(".")
        if names[0] == "keras":
            if not is_installed():
                raise mark(ModuleNotFoundError(NOT_HERE), "package")
            return importlib.import_module(".".join(names))
        return _TensorFlow(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


_LOOKING: list[str] = []


def is_really_there(name: str) -> bool:
    """Whether Keras itself has this module, found by the other finders."""
    if name in _LOOKING:
        return True
    _LOOKING.append(name)
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:
        return False
    finally:
        _LOOKING.remove(name)


class _TensorFlow(types.ModuleType):
    """Names of TensorFlow that notebooks use around their Keras code."""

    def __getattr__(self, name: str) -> Any:
        if name == "__version__":
            return "2.16.1"
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__ == "tensorflow" and name == "keras":
            return importlib.import_module("tensorflow.keras")
        if found := _KNOWN.get(name):
            return found
        return _TensorFlow(f"{self.__name__}.{name}")

    def __call__(self, *_: Any, **__: Any) -> Any:
        words = f"{self.__name__} is used, but TensorFlow is not here: Keras runs on PyTorch"
        raise mark(NotImplementedError(words), "package")


def _nothing(*_: Any, **__: Any) -> None:
    return None


def _none_there(*_: Any, **__: Any) -> list[Any]:
    return []


def _same(value: Any, *_: Any, **__: Any) -> Any:
    return value


_KNOWN: dict[str, Any] = {
    "set_seed": _nothing,
    "set_random_seed": _nothing,
    "list_physical_devices": _none_there,
    "gpu_device_name": lambda: "",
    "is_gpu_available": lambda *_, **__: False,
    "enable_eager_execution": _nothing,
    "disable_v2_behavior": _nothing,
    "set_verbosity": _nothing,
    "set_memory_growth": _nothing,
    "convert_to_tensor": _same,
    "constant": _same,
    "function": _same,
    "float32": "float32",
    "int32": "int32",
}


class _Callback:
    """A callback that is never called: TensorBoard's writer and the like, whatever arguments it takes."""

    def __init__(self, *_: Any, **settings: Any) -> None:
        self.settings = settings

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _nothing


class _History:
    """What `fit` returns. Any curve of it is empty."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = defaultdict(list)
        self.epoch: list[int] = []
        self.params: dict[str, Any] = {}


def _prepare(keras: Any) -> None:
    model = keras.Model
    for name in ("fit", "fit_generator"):
        setattr(model, name, lambda *_, **__: _History())
    model.evaluate = _evaluate
    keras.callbacks.TensorBoard = _Callback
    keras.utils.plot_model = _nothing
    for name in _OPTIMIZERS:
        _accept_old_names(getattr(keras.optimizers, name))


def _evaluate(model: Any, *_: Any, **__: Any) -> Any:
    """As many numbers as there would be: the loss, and the metrics that `compile` was given."""
    metrics = getattr(model, "_compile_metrics", None)
    return [float("nan")] * 2 if metrics is not None else float("nan")


def _accept_old_names(kind: Any) -> None:
    """`SGD(lr=0.01, decay=0)` as it was written before Keras 3."""
    original = kind.__init__

    def prepared(self: Any, *args: Any, **kwargs: Any) -> None:
        renamed = {_OLD_NAMES.get(name, name): value for name, value in kwargs.items() if name != "decay"}
        original(self, *args, **renamed)

    kind.__init__ = prepared
