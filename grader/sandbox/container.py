"""The sandbox of a container engine, podman or docker: every command runs in a container of its own.

The same harness as in bubblewrap's boxes, spoken to over stdin and stdout. Its first process watches whether
the grader is still there; when that ends the engine takes the whole container away.
"""

from __future__ import annotations

import base64
import os
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import grader.inside
from grader.sandbox.box import BoxFailed
from grader.sandbox.bubblewrap_arguments import BOX_ID, box_environment
from grader.sandbox.limits import mib_text
from grader.sandbox.piped import PipedBox
from grader.sandbox.protocol import Command, Device, Execution, Limits, Status
from grader.sandbox.seccomp import seccomp_filter
from grader.sandbox.supervise import supervise

ENGINES = ("podman", "docker")
IMAGE = "grader-box"
LABEL = "grader.owner"
START_S = 300.0
_ANSWER_S = 60.0
# Beside the program's own: the process that watches the grader.
_WATCHERS = 1
# By default podman lets everybody write to folders in memory of any size: /run, /var/tmp.
_READ_ONLY = {"podman": ("--read-only", "--read-only-tmpfs=false"), "docker": ("--read-only",)}
# Podman cannot limit the number of files: they are counted from outside.
_MOST_FILES = {"podman": "", "docker": ",nr_inodes={}"}
# Podman gives a container 10 s to end by itself, else.
_KILL = {"podman": ("rm", "--force", "--time", "0"), "docker": ("rm", "--force")}
_GPU = {"podman": ("--device", "nvidia.com/gpu=all"), "docker": ("--gpus", "all")}
_START = (
    "import gc, sys; gc.disable(); sys.path.insert(0, '/harness'); from inside.pipes import container; container({})"
)


@dataclass(frozen=True)
class ContainerSandbox:
    """Runs commands in containers of `image`; may be used from several threads at once.

    `engine` is `podman` or `docker`, found on PATH. `warm` and `threads` are those of every sandbox. The image
    has Python and the packages of requirements.lock, see docs/container.md; it is never pulled.
    """

    engine: str
    warm: Sequence[str] = ("torch",)
    threads: int = 1
    image: str = IMAGE

    @property
    def wall(self) -> str:
        """What the sandbox is made of."""
        return self.engine

    def run(self, command: Command) -> Execution:
        """Run `command` in a new container. What is not the program's fault is `Status.SANDBOX_FAILED`."""
        try:
            return self._run(command, f"grader-{secrets.token_hex(8)}")
        except Exception as error:  # noqa: BLE001 - any failure here is ours and must not become the student's
            return Execution(Status.SANDBOX_FAILED, str(error) or repr(error))

    def arguments(self, name: str, limits: Limits, device: Device) -> list[str]:
        """The command line that starts the container called `name`."""
        filter_text = base64.b64encode(seccomp_filter()).decode()
        code = _START.format(f"{list(self.warm)!r}, {self.threads}, {device!r}, {filter_text!r}")
        return [
            *(self.engine, "run", "--rm", "--interactive", "--pull", "never", "--log-driver", "none"),
            *("--name", name, "--label", f"{LABEL}={os.getpid()}", "--hostname", "box"),
            *("--network", "none", *_READ_ONLY[self.engine], "--user", f"{BOX_ID}:{BOX_ID}", "--ipc", "private"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *_limits(self.engine, limits),
            *("--mount", f"type=bind,source={Path(grader.inside.__file__).parent},target=/harness/inside,readonly"),
            *(_GPU[self.engine] if device == "cuda" else ()),
            *("--workdir", "/tmp", "--entrypoint", "python3"),  # noqa: S108 - a path in the container
            *(part for item in _environment(self.threads).items() for part in ("--env", "=".join(item))),
            # The name stands in the code, too: so the process that the engine names is known to be this one.
            *(self.image, "-I", "-c", f"{code}  # {name}"),
        ]

    def _run(self, command: Command, name: str) -> Execution:
        process = subprocess.Popen(
            self.arguments(name, command.limits, command.device),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl-C in the terminal must not look like the program's own end
        )
        with PipedBox(process, lambda: self._remove(name), lambda: self._first_pid(name)) as box:
            box.wait_until_ready(START_S)
            return _out_of_memory(supervise(box, command), command.limits)

    def _first_pid(self, name: str) -> int | None:
        """The host pid of the container's first process; None where it runs on another machine."""
        said = self._ask("inspect", "--format", "{{.State.Pid}}", name).stdout.strip()
        try:
            command_line = (Path("/proc") / str(int(said)) / "cmdline").read_text()
        except (OSError, ValueError):
            return None
        return int(said) if name in command_line else None

    def _remove(self, name: str) -> None:
        ended = self._ask(*_KILL[self.engine], name)
        # It is removed when it ends by itself, too.
        if ended.returncode and "no such container" not in ended.stderr.lower():
            raise BoxFailed(f"{self.engine} could not remove a container: {ended.stderr.strip()[-300:]}")

    def _ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [self.engine, *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_S, check=False)


def _limits(engine: str, limits: Limits) -> list[str]:
    # Files in memory count as memory here; the limit on the program itself is watched from outside.
    memory = f"{limits.memory_mib + 2 * limits.scratch_mib}m"
    most_files = _MOST_FILES[engine].format(limits.scratch_files + 64)
    scratch = f"rw,exec,nosuid,nodev,size={limits.scratch_mib}m{most_files},mode=1777"
    return [
        *("--memory", memory, "--memory-swap", memory),
        *("--pids-limit", str(limits.processes + _WATCHERS)),
        *("--ulimit", f"nofile={limits.open_files}:{limits.open_files}", "--ulimit", "core=1:1"),
        *("--shm-size", f"{limits.scratch_mib}m", "--tmpfs", f"/tmp:{scratch}"),  # noqa: S108 - as above
    ]


def _environment(threads: int) -> Mapping[str, str]:
    # The image knows best where its programs are.
    return {name: value for name, value in box_environment(threads).items() if name != "PATH"}


def _out_of_memory(execution: Execution, limits: Limits) -> Execution:
    """A program that the kernel killed when the container's memory ran out says nothing by itself."""
    near = execution.usage.peak_mib >= 0.8 * limits.memory_mib
    if execution.status is Status.NO_RESULT and near and execution.reason.endswith("(SIGKILL)"):
        found, limit = mib_text(execution.usage.peak_mib), mib_text(limits.memory_mib)
        reason = f"was killed when it used {found} of memory, limit {limit}"
        return replace(execution, status=Status.OUT_OF_MEMORY, reason=reason)
    return execution
