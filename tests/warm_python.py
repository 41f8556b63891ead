"""A Python that has imported what takes long: each program runs in a copy of it, and starts in milliseconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
SERVER = """
import atexit, gc, importlib, json, os, runpy, sys, threading, traceback
for name in sys.argv[1:]:
    importlib.import_module(name)
gc.freeze()
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        break
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
else:
    sys.exit()
os.chdir(asked["folder"])
os.environ.clear()
os.environ.update(asked["environment"])
for number, path in enumerate((os.devnull, asked["stdout"], asked["stderr"])):
    os.dup2(os.open(path, os.O_RDWR), number)
way, program, *sys.argv[1:] = asked["command"]
status = 0
try:
    if way == "-m":
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    else:
        exec(compile(program, "<string>", "exec"), {"__name__": "__main__"})
except SystemExit as end:
    status = 0 if end.code is None else end.code if isinstance(end.code, int) else 1
    if isinstance(end.code, str):
        print(end.code, file=sys.stderr)
except BaseException:
    traceback.print_exc()
    status = 1
threading._shutdown()
atexit._run_exitfuncs()
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)  # what was loaded takes long to be taken apart
"""


class WarmPython:
    """Runs what `python -m MODULE` and `python -c PROGRAM` run, in a process of its own. Use as a context manager."""

    def __init__(self, *imports: str, python: Path | None = None, environment: Mapping[str, str] | None = None) -> None:
        """`python` is this one, and `environment` that of this process with the checkout, unless others are given."""
        given = os.environ | {"PYTHONPATH": str(ROOT)} if environment is None else environment
        self._server = subprocess.Popen(
            [python or sys.executable, "-c", SERVER, *imports],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT.parent,
            env=given,
        )

    def __enter__(self) -> WarmPython:
        return self

    def __exit__(self, *_: object) -> None:
        self._server.communicate()

    def run(self, *command: str, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """What came of a program in `folder`; `PYTHONPATH` is the checkout's."""
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        with TemporaryDirectory() as said:
            written = [Path(said, name) for name in ("stdout", "stderr")]
            for path in written:
                path.touch()
            asked = {"command": command, "folder": str(folder), "environment": dict(environment)}
            print(json.dumps(asked | {path.name: str(path) for path in written}), file=self._server.stdin, flush=True)
            status = int(self._server.stdout.readline())
            return subprocess.CompletedProcess(command, status, *(path.read_text() for path in written))
