"""The bubblewrap sandbox: every command runs in a box of its own, which is killed whole afterwards."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.sandbox.box import Box
from grader.sandbox.gpu import HEALTH, gpus, is_healthy, one_gpu
from grader.sandbox.limits import group_limit
from grader.sandbox.loaded_beforehand import Beforehand, beforehand
from grader.sandbox.matplotlib_fonts import FontCache, font_cache_folder, save_font_cache, saved_font_cache
from grader.sandbox.memory_groups import memory_groups
from grader.sandbox.protocol import Command, Execution, Limits, Status
from grader.sandbox.ready import ReadyBoxes
from grader.sandbox.start import BoxSettings, start_box
from grader.sandbox.supervise import supervise
from grader.sandbox.warm_parents import warm_parents

_FONT_LIMITS = Limits(wall_s=120, cpu_s=60, memory_mib=1024)


@dataclass(frozen=True)
class BubblewrapSandbox:
    """Runs commands behind bubblewrap; may be used from several threads at once.

    `warm` names modules that a box imports before the clock starts, `threads` is what numerical libraries
    in it may use. Boxes for the CPU are copies of a warm parent where that works, unless `copies` is False; all
    others are started one by one, some of them ahead.
    """

    warm: Sequence[str] = ("torch",)
    threads: int = 1
    copies: bool = True
    _boxes: ReadyBoxes = field(default_factory=ReadyBoxes, init=False, repr=False, compare=False)

    def run(self, command: Command) -> Execution:
        """Run `command` in a new box. What is not the program's fault is `Status.SANDBOX_FAILED`."""
        if command.device == "cpu":
            return self._run(command, None)
        with one_gpu(gpus()) as gpu:
            execution = self._run(command, gpu)
            if execution.status in (Status.EXITED, Status.SANDBOX_FAILED) or gpu is None:
                return execution
            return self._healthy(execution, gpu)

    def _healthy(self, execution: Execution, gpu: Path) -> Execution:
        """`execution`, unless the GPU has not outlived it: then nobody can say whose fault its end was."""
        health = self._run(HEALTH, gpu)
        if is_healthy(health):
            return execution
        reason = f"{gpu.name} does not work any more ({health.reason}), after a program that {execution.reason}"
        return Execution(Status.SANDBOX_FAILED, reason)

    def _run(self, command: Command, gpu: Path | None) -> Execution:
        try:
            loaded = beforehand(command, self.warm)
            with self._box(self._settings(command, loaded, gpu), loaded.more) as box:
                # Where no group can be made, polling has to do.
                with contextlib.suppress(OSError):
                    if (groups := memory_groups()) is not None:
                        box.limit_memory(groups, group_limit(command.limits))
                return supervise(box, command)
        except Exception as error:  # noqa: BLE001 - any failure here is ours and must not become the student's
            return Execution(Status.SANDBOX_FAILED, str(error) or repr(error))

    def expecting(self, commands: int) -> AbstractContextManager[None]:
        """A context in which boxes are started ahead for `commands` commands that are going to be run."""
        return self._boxes.expecting(commands)

    @contextlib.contextmanager
    def _box(self, settings: BoxSettings, more: Sequence[str]) -> Iterator[Box]:
        copy = _copy(settings, more) if self.copies and settings.device == "cpu" else None
        with copy or self._boxes.box(settings) as box:
            yield box

    def _settings(self, command: Command, loaded: Beforehand, gpu: Path | None) -> BoxSettings:
        return BoxSettings(loaded.warm, self.threads, command.device, command.limits.scratch_mib, _fonts(), gpu)


def _copy(settings: BoxSettings, more: Sequence[str]) -> Box | None:
    """A copy of a warm parent; None where there cannot be one.

    It is better made of a parent that has loaded `more`, which costs a copy nothing.
    """
    if more and settings.fonts is not None:
        loaded = replace(settings, warm=(*settings.warm, *more))
        if (copy := warm_parents().start_box(loaded)) is not None:
            return copy
    return warm_parents().start_box(settings)


_font_lock = threading.Lock()


def _fonts() -> FontCache | None:
    """The machine's font list, made on first use; boxes do without when it cannot be made or kept."""
    with _font_lock, contextlib.suppress(OSError, RuntimeError):
        folder = font_cache_folder()
        if folder is None:
            return None
        return saved_font_cache(folder) or _make_fonts(folder)
    return None


def _make_fonts(folder: Path) -> FontCache | None:
    with start_box(BoxSettings((), 1, "cpu", _FONT_LIMITS.scratch_mib)) as box:
        execution = supervise(box, Command("font_list", {}, limits=_FONT_LIMITS))
    if execution.status is not Status.EXITED:
        return None
    frame = execution.frames[0]
    fonts = FontCache(str(frame.header["name"]), frame.arrays["content"].tobytes())
    save_font_cache(folder, fonts)
    return fonts
