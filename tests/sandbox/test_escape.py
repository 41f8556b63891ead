"""Ways out of the box. Each is tried with both walls and, as a box for a GPU has no landlock, with one; and in a
copy of a warm parent, which brings along what it was forked from.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boxes import command, processes_in, run
from implementations import IMPLEMENTATIONS

from grader.sandbox.protocol import Device, Sandbox, Status
from grader.sandbox.start import BoxSettings, start_box

pytestmark = pytest.mark.costly  # every way out of every wall


@dataclass(frozen=True)
class Way:
    """An implementation, and the device that its box is for."""

    sandbox: str
    device: Device


WAYS = {"cpu": Way("bubblewrap", "cpu"), "cuda": Way("bubblewrap", "cuda"), "copy": Way("copies", "cpu")}


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


def report(way: Way, source: str, request: dict[str, Any] | None = None, **limits: Any) -> dict[str, Any]:
    """The header that the only frame of `source` has."""
    execution = IMPLEMENTATIONS[way.sandbox].run(replace(command(source, request, **limits), device=way.device))
    assert execution.status is Status.EXITED, execution
    (frame,) = execution.frames
    return dict(frame.header)


@contextlib.contextmanager
def listening(family: int, address: Any) -> Iterator[Any]:
    with socket.socket(family, socket.SOCK_STREAM) as server:
        server.bind(address)
        server.listen()
        yield server.getsockname()


def test_a_box_cannot_reach_the_network(way: Way):
    source = """
def connect(family, address, kind=socket.SOCK_STREAM):
    with socket.socket(family, kind) as s:
        s.settimeout(2); s.connect(tuple(address) if isinstance(address, list) else address)
        s.send(b"x"); return "reached"

def main(request, arrays, send):
    send({
        "loopback of the host": attempt(lambda: connect(socket.AF_INET, request["tcp"])),
        "abstract socket of the host": attempt(lambda: connect(socket.AF_UNIX, request["unix"])),
        "internet": attempt(lambda: connect(socket.AF_INET, ("1.1.1.1", 53))),
        "internet by UDP": attempt(lambda: connect(socket.AF_INET, ("1.1.1.1", 53), socket.SOCK_DGRAM)),
        "names": attempt(lambda: socket.getaddrinfo("example.org", 443) and "reached"),
        "hypervisor": attempt(lambda: connect(40, (2, 5001))),
        "packets": attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW) and "reached"),
        "raw": attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1) and "reached"),
        "crypto": attempt(lambda: socket.socket(38, 5) and "reached"),
        "cards": "reached" if [n for _, n in socket.if_nameindex() if n != "lo"] else "Error",
    }, {})
"""
    name = f"\0grader-test-{os.getpid()}"
    with listening(socket.AF_INET, ("127.0.0.1", 0)) as tcp, listening(socket.AF_UNIX, name):
        found = report(way, source, {"tcp": list(tcp), "unix": name})

    assert [way for way, result in found.items() if "Error" not in result and "error" not in result] == []


def test_a_box_cannot_read_the_host(way: Way, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GRADER_TEST_SECRET", "secret")
    secret = tmp_path / "solution.py"
    secret.write_text("solution")
    source = """
def main(request, arrays, send):
    found = {}
    for path in request["paths"]:
        try:
            found[path] = os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(300).hex()
        except OSError:
            pass
    send({"found": found, "environment": sorted(os.environ), "passwd": open("/etc/passwd").read()}, {})
"""
    checkout = Path(__file__).parents[2]
    paths = [
        "/etc/shadow",
        "/etc/hostname",
        "/var",
        "/run",
        "/boot",
        "/proc/1/environ",
        "/proc/1/cwd/etc/shadow",
    ]
    paths += [str(secret), str(checkout / "reference"), str(checkout / "grader"), str(Path.home() / ".ssh")]

    found = report(way, source, {"paths": paths})

    assert {path: text for path, text in found["found"].items() if text} == {}
    assert found["passwd"].count("\n") == 1
    assert "GRADER_TEST_SECRET" not in found["environment"]


def test_a_box_cannot_write_outside_its_scratch(way: Way):
    source = """
def main(request, arrays, send):
    written = []
    for path in request["paths"]:
        try:
            open(path, "w").write("1"); written.append(path)
        except OSError:
            pass
    send({"written": written}, {})
"""
    packages = str(Path(os.__file__).parent)
    paths = ["/x", "/usr/x", "/etc/x", "/etc/passwd", "/dev/x", "/harness/inside/box.py", f"{packages}/x.pth"]
    paths += ["/proc/sys/kernel/hostname", "/proc/sysrq-trigger", f"{sys.prefix}/bin/x"]

    assert report(way, source, {"paths": [*paths, "/tmp/x", "/dev/shm/x"]}) == {"written": ["/tmp/x", "/dev/shm/x"]}


def test_a_box_cannot_get_new_rights_from_the_kernel(way: Way):
    source = """
import errno
CALLS = {
    "unshare": (272, 0x10000000), "clone": (56, 0x10000000 | 17, 0, 0, 0, 0), "clone3": (435, 0, 0),
    "mount": (165, b"t", b"/tmp", b"tmpfs", 0, 0), "umount": (166, b"/tmp", 2), "chroot": (161, b"/tmp"),
    "pivot_root": (155, b"/", b"/tmp"), "setns": (308, 3, 0), "bpf": (321, 0, 0, 0), "io_uring": (425, 8, 0),
    "keyctl": (250, 0, 0), "perf": (298, 0, 0, -1, -1, 0), "userfaultfd": (323, 0), "handle": (304, 0, 0, 0),
    "write memory of 1": (311, 1, 0, 0, 0, 0, 0), "swap": (167, b"/tmp/x", 0),
    "device": (133, b"/tmp/d", 0o20666, 0x101), "set the clock": (227, 0, 0), "module": (175, 0, 0, 0),
    "host name": (170, b"x", 1), "reboot": (169, 0xFEE1DEAD, 672274793, 0, 0), "fsopen": (430, b"tmpfs", 0),
    "open_tree": (428, -100, b"/", 1), "pidfd_getfd": (438, 3, 0, 0), "memfd_secret": (447, 0),
    "io_setup": (206, 8, ctypes.byref(ctypes.c_long())), "io_submit": (209, 0, 0, 0),
}
def main(request, arrays, send):
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    status = dict(line.split(":\\t") for line in open("/proc/self/status") if ":\\t" in line)
    def refused(call):
        ctypes.set_errno(0)
        return syscall(*call) == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS)
    send({"worked": [name for name, call in CALLS.items() if not refused(call)],
          "rights": [status[name].strip() for name in ("CapEff", "CapBnd", "NoNewPrivs", "Seccomp")]}, {})
"""
    if os.uname().machine != "x86_64":
        pytest.fail("the numbers of the system calls in this test are those of x86_64")

    assert report(way, source) == {"worked": [], "rights": ["0" * 16, "0" * 16, "1", "2"]}


def test_system_calls_that_nobody_looked_at_are_missing(way: Way):
    """Those after the last one that was looked at, and those in the gap between old numbers and new ones.

    Not 335 and 336: those are for probes of the kernel, which lets them pass every filter.
    """
    source = """
def main(request, arrays, send):
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    def answer(number):
        ctypes.set_errno(0)
        return syscall(number, 0, 0, 0, 0, 0, 0) == -1 and ctypes.get_errno()
    send({"answers": sorted({answer(number) for number in request["numbers"]}), "known": answer(456)}, {})
"""
    numbers = [*range(337, 424), *range(457, 520), 2**16, 2**30 - 1]

    found = report(way, source, {"numbers": numbers})

    assert found["answers"] == [errno.ENOSYS]
    assert found["known"] != errno.EPERM


def test_of_netlink_a_box_has_only_the_family_that_lists_network_cards(way: Way):
    source = """
def main(request, arrays, send):
    tried = {number: attempt(lambda: socket.socket(16, 3, number)) for number in range(40)}
    opened = [number for number, found in tried.items() if isinstance(found, socket.socket)]
    wrapped = ctypes.CDLL(None).socket(16, 3, ctypes.c_long(2**32 + 16))
    send({"opened": opened, "wrapped": wrapped, "cards": [name for _, name in socket.if_nameindex()]}, {})
"""
    assert report(way, source) == {"opened": [0], "wrapped": -1, "cards": ["lo"]}


@pytest.mark.parametrize("name", ["cpu", "copy"])
def test_a_box_whose_processes_are_all_stopped_is_ended_long_before_its_limit(name: str):
    source = """
def main(request, arrays, send):
    if os.fork() == 0:
        os.setsid()
    os.kill(os.getpid(), signal.SIGSTOP)
    send({}, {})
"""
    execution = IMPLEMENTATIONS[WAYS[name].sandbox].run(command(source, wall_s=500.0))

    assert (execution.status, execution.frames) == (Status.TIMED_OUT, ())
    assert execution.reason == "stopped all its processes (SIGSTOP) and would have stayed so until its limit 500 s"


@pytest.mark.parametrize("name", ["cpu", "copy"])
def test_a_box_one_of_whose_processes_is_stopped_goes_on(name: str):
    source = """
def main(request, arrays, send):
    child = os.fork()
    if child == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(7)
    os.waitpid(child, os.WUNTRACED)
    time.sleep(0.5)
    os.kill(child, signal.SIGCONT)
    send({"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}, {})
"""
    assert report(WAYS[name], source) == {"code": 7}


@pytest.mark.parametrize("name", ["cpu", "copy"])
def test_a_box_cannot_tamper_with_its_first_process(name: str):
    source = """
def main(request, arrays, send):
    libc = ctypes.CDLL(None)
    attacks = {
        "kill": lambda: os.kill(1, 9), "stop": lambda: os.kill(1, signal.SIGSTOP),
        "trace": lambda: libc.ptrace(16, 1, 0, 0) and 1 / 0, "memory": lambda: open("/proc/1/mem", "r+b"),
        "environment": lambda: open("/proc/1/environ").read(), "files": lambda: os.readlink("/proc/1/fd/0"),
        "priority": lambda: open("/proc/1/oom_score_adj", "w").write("1000"),
    }
    send({name: attempt(attack) for name, attack in attacks.items()}, {})
"""
    results = report(WAYS[name], source)

    assert [name for name, result in results.items() if "Error" not in str(result)] == []


def test_a_box_inherits_its_channel_and_nothing_else(way: Way):
    source = """
def main(request, arrays, send):
    kinds = [attempt(lambda: os.readlink(f"/proc/self/fd/{fd}")) for fd in range(256)]
    send({"kinds": sorted(kind.split(":")[0] for kind in kinds if "Error" not in kind)}, {})
"""
    assert report(way, source) == {"kinds": ["/dev/null", "pipe", "pipe", "socket"]}


def test_an_x32_system_call_kills_the_caller(sandbox: Sandbox):
    source = "def main(request, arrays, send): ctypes.CDLL(None).syscall(0x40000000 + 39)"

    execution = run(sandbox, source)

    assert execution.status is Status.NO_RESULT
    assert "SIGSYS" in execution.reason


def test_programs_that_give_rights_give_none(sandbox: Sandbox):
    source = """
def main(request, arrays, send):
    tried = (["su", "-c", "id"], ["mount", "-t", "tmpfs", "none", "/tmp"], ["unshare", "-U", "id"])
    ran = [subprocess.run(c, stdin=subprocess.DEVNULL, capture_output=True) for c in tried]
    send({"codes": [one.returncode for one in ran]}, {})
"""
    (frame,) = run(sandbox, source).frames

    assert 0 not in frame.header["codes"]


def test_a_box_finds_nothing_in_its_memory_but_its_request(sandbox: Sandbox):
    source = """
def main(request, arrays, send):
    frame, found = sys._getframe(), set()
    while frame:
        for value in list(frame.f_locals.values()):
            if isinstance(value, dict): found |= {str(key) for key in value}
        frame = frame.f_back
    possible = {"program", "request", "files", "support", "limits", "expected", "reference", "rubric"}
    send({"keys": sorted(found & possible)}, {})
"""
    execution = sandbox.run(replace(command(source), arrays={"x": np.zeros(3)}))

    assert execution.frames[0].header == {"keys": ["files", "limits", "program", "request", "support"]}


def test_when_the_grader_is_killed_its_boxes_die(namespaces: list[str]):
    code = f"""
import sys; sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[2])]!r}
from boxes import command, namespace_of
from grader.sandbox.box import Box
from grader.sandbox.bubblewrap import BubblewrapSandbox
adopt = Box.adopt
def noted(box, pid, *others):
    adopt(box, pid, *others); print(pid, namespace_of(pid), flush=True)
Box.adopt = noted
BubblewrapSandbox(()).run(command('''
def main(request, arrays, send):
    os.fork()
    attempt(os.setsid)
    while True: attempt(lambda: time.sleep(100))
'''))
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as grader:
        assert grader.stdout is not None
        pid, namespace = grader.stdout.readline().split()
        first = os.pidfd_open(int(pid))
        while len(processes_in(namespace)) < 3:  # bwrap, the program, its child
            assert grader.poll() is None
        grader.send_signal(signal.SIGKILL)
        gone, _, _ = select.select([first], [], [], 10)
        os.close(first)

    assert gone
    assert processes_in(namespace) == []


def test_the_look_for_processes_left_finds_those_of_a_living_box(namespaces: list[str]):
    with start_box(BoxSettings((), 1, "cpu", 16)) as box:
        assert box.first_pid in processes_in(namespaces[0])
        assert len(processes_in(namespaces[0])) == 2
    assert processes_in(namespaces[0]) == []


def test_the_grader_holds_no_descriptor_of_a_box_that_is_gone(sandbox: Sandbox):
    run(sandbox, "def main(request, arrays, send): pass")
    before = descriptors()

    for source in (
        "def main(request, arrays, send): pass",
        "os._exit(1)",
        "def main(*_): os.close(9); 1 / 0",
    ):
        run(sandbox, source)

    assert descriptors() == before


def descriptors() -> int:
    """Open descriptors of this process, without the namespaces that the fixture holds."""
    links = (attempt(fd.readlink) for fd in Path("/proc/self/fd").iterdir())
    return sum(not str(link).startswith("pid:") for link in links if link is not None)


def attempt(action: Callable[[], Path]) -> Path | None:
    try:
        return action()
    except OSError:
        return None
