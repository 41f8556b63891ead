"""The half of the recorder that PyTorch is needed for: the `forward` of the submission's networks is watched."""

from __future__ import annotations

import contextlib
import functools
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from .arrays import first_tensor, numbers, plain
from .recorder import Recorder, SeenCall, StopHere
from .seen_networks import seen_now

MAX_SAMPLES = 400
MAX_CALLS = 16
MAX_OUTPUTS, MAX_OUTPUT_NUMBERS = 100, 20


class WatchedNetworks:
    """Wraps the `forward` of the submission's networks; what they do belongs to the recorder's current call."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def install(self) -> None:
        """Watch every class of networks from the moment its first object is made."""
        original = nn.Module.__init__

        @functools.wraps(original)
        def made(module: nn.Module, *args: Any, **kwargs: Any) -> None:
            original(module, *args, **kwargs)
            self.watch(type(module))

        nn.Module.__init__ = made  # type: ignore[method-assign, assignment]
        self._wrap_forward(nn.Sequential)

    def watch(self, kind: type) -> None:
        """Wrap the `forward` that objects of `kind` use, unless it is PyTorch's own."""
        if id(kind) in self.recorder.seen:
            return
        self.recorder.seen[id(kind)] = kind
        owner = next((base for base in type.mro(kind) if "forward" in vars(base)), None)
        if owner is not None and not str(owner.__module__).startswith("torch."):
            self._wrap_forward(owner)

    def _wrap_forward(self, owner: type) -> None:
        original = vars(owner)["forward"]
        if not isinstance(original, types.FunctionType) or hasattr(original, "_grader_watched"):
            return

        @functools.wraps(original)
        def forward(module: nn.Module, *args: Any, **kwargs: Any) -> Any:
            call, inside = self.recorder.current, self.recorder.inside
            if call is None or getattr(inside, "watched", False):
                return original(module, *args, **kwargs)
            inside.watched = True
            try:
                images = next((value for value in (*args, *kwargs.values()) if issubclass(type(value), Tensor)), None)
                if images is None or not any(True for _ in module.parameters()):
                    return original(module, *args, **kwargs)
                number = self._note(call, module, images)
                if call.stop:
                    raise StopHere
                result = original(module, *args, **kwargs)
                self._note_output(call, number, result)
                return result
            finally:
                inside.watched = False

        forward._grader_watched = True  # type: ignore[attr-defined]
        type.__setattr__(owner, "forward", forward)

    def _note(self, call: SeenCall, module: nn.Module, images: Tensor) -> int | None:
        """Write down which network is given which samples, as far as that can be written down; their number.

        Watching must not break what is watched: whatever goes wrong here is passed over.
        """
        with contextlib.suppress(Exception), _outside_transforms():
            images = plain(images)
            if images.dim() > 4:  # batched by torch.func.vmap
                images = images.reshape(-1, *images.shape[-3:])
            images = images if images.dim() else images[None]
            index = self._index(call, module)
            if call.networks[index].example is None:
                call.networks[index].example = images[:1].clone()
            call.count += max(1, len(images))
            if sum(len(batch) for _, batch in call.samples) < MAX_SAMPLES:
                call.samples.append((index, numbers(images)))
                return len(call.samples) - 1
        return None

    @staticmethod
    def _note_output(call: SeenCall, number: int | None, result: Any) -> None:
        """Write down what the network gave for a sample that ran alone: it is compared with what its trace gives."""
        if number is None or len(call.outputs) >= MAX_OUTPUTS or len(call.samples[number][1]) != 1:
            return
        with contextlib.suppress(Exception), _outside_transforms():
            found = numbers(first_tensor(result)).reshape(-1)
            first = next(iter(call.outputs.values()), found)
            if found.size <= MAX_OUTPUT_NUMBERS and (found.shape, found.dtype) == (first.shape, first.dtype):
                call.outputs[number] = found

    def _index(self, call: SeenCall, module: nn.Module) -> int:
        for index, seen in enumerate(call.networks):
            if seen.network is module:
                return index
        if len(call.networks) >= MAX_CALLS:
            self.recorder.made += 1
            return len(call.networks) - 1
        call.networks.append(seen_now(module, len(call.networks)))
        return len(call.networks) - 1


@contextmanager
def _outside_transforms() -> Iterator[None]:
    """Step out of `torch.func` transforms, under which numbers cannot be looked at."""
    if torch._C._functorch.peek_interpreter_stack() is None:
        yield
        return
    from torch._functorch.pyfunctorch import temporarily_clear_interpreter_stack

    with temporarily_clear_interpreter_stack():
        yield
