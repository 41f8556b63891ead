"""Boxes whose program was forked from a warm parent: what such a program could have brought along, and has not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from boxes import command, honest_box_works, processes_in, run
from implementations import IMPLEMENTATIONS

import grader
from grader.inside.confine import NAMESPACES
from grader.sandbox import warm_parents as parents
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Status
from grader.sandbox.start import BoxSettings
from grader.sandbox.warm_parent import ParentKind, WarmParent
from grader.sandbox.warm_parents import WarmParents, warm_parents

PLAIN = BoxSettings((), 1, "cpu", 16)
FRESH, COPIES = IMPLEMENTATIONS["bubblewrap"], IMPLEMENTATIONS["copies"]

STATE = """
def own(path):
    return open(f"/proc/self/{path}").read()

def main(request, arrays, send):
    import resource
    status = dict(line.split(":\\t", 1) for line in own("status").splitlines() if ":\\t" in line)
    names = ("Uid", "Gid", "Groups", "Threads", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "CapInh",
             "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters", "Umask", "CoreDumping")
    mounts = [line.split() for line in own("mountinfo").splitlines()]
    send({
        "status": {name: status.get(name) for name in names},
        "environment": dict(os.environ), "first environment": own("environ").split("\\0"),
        "descriptors": sorted(os.readlink(f"/proc/self/fd/{n}").split(":")[0] for n in (0, 1, 2)),
        "limits": [resource.getrlimit(n) for n in range(16)], "nice": os.nice(0), "folder": os.getcwd(),
        "mounts": sorted([m[3] if "bindfile" not in m[3] else "", m[4], m[5], m[m.index("-") + 1]] for m in mounts),
        "cgroup": [line.rstrip("0123456789") for line in own("cgroup").splitlines()],
        "oom": [own("oom_score_adj"), own("coredump_filter")],
        "affinity": sorted(os.sched_getaffinity(0)), "scheduler": os.sched_getscheduler(0),
        "path": sys.path, "flags": list(sys.flags), "argv": sys.argv, "host": os.uname().nodename,
        "leads its session": os.getsid(0) == os.getpgid(0),
        "finders": [getattr(finder, "__name__", type(finder).__name__) for finder in sys.meta_path],
    }, {})
"""


def state_in(sandbox: Any) -> dict[str, Any]:
    (frame,) = run(sandbox, STATE).frames
    return dict(frame.header)


def parent_pid(parent: WarmParent) -> int:
    return parent._process.pid


def test_copies_work_here():
    assert warm_parents().refusal(PLAIN) is None


def test_a_copy_is_in_the_state_of_a_program_that_was_started():
    fresh, copy = state_in(FRESH), state_in(COPIES)

    assert {name: (value, copy[name]) for name, value in fresh.items() if value != copy[name]} == {}


def test_a_copy_does_not_see_what_it_was_copied_from():
    source = """
def main(request, arrays, send):
    seen = {n: open(f"/proc/{n}/cmdline").read().split("\\0")[0] for n in os.listdir("/proc") if n.isdigit()}
    send({"parent": os.getppid(), "seen": sorted(os.path.basename(name) for name in seen.values())}, {})
"""
    (frame,) = run(COPIES, source).frames

    assert frame.header["parent"] == 0
    assert frame.header["seen"][:2] == ["bwrap", "cat"]
    assert len(frame.header["seen"]) == 3


def test_no_process_of_a_box_holds_a_descriptor_it_does_not_need(namespaces: list[str]):
    with warm_parents().start_box(PLAIN) as box:  # type: ignore[union-attr]
        kinds = {pid: _descriptors(pid) for pid in processes_in(namespaces[-1])}
        program = kinds.pop(box.pids[1])

    assert program == ["/dev/null", "pipe", "pipe", "socket"]
    assert len(kinds) == 2
    assert not [kind for found in kinds.values() for kind in found if kind not in {"pipe", "/dev/null", "anon_inode"}]


def _descriptors(pid: int) -> list[str]:
    return sorted(str(link.readlink()).split(":")[0] for link in Path(f"/proc/{pid}/fd").iterdir())


def test_two_copies_share_no_namespace_with_each_other_or_the_host():
    with warm_parents().start_box(PLAIN) as one, warm_parents().start_box(PLAIN) as other:  # type: ignore[union-attr]
        found = [
            tuple(str(Path(f"/proc/{pid}/ns/{name}").readlink()) for name in NAMESPACES)
            for pid in (one.pids[1], other.pids[1], os.getpid())
        ]

    for name, kinds in zip(NAMESPACES, zip(*found, strict=True), strict=True):
        assert len(set(kinds)) == 3, name


SEARCH = """
def main(request, arrays, send):
    own = b"".join([b"a text that is ", b"certainly here"])
    shifted = bytes((byte + 1) % 256 for byte in range(256))
    found = set()
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps.read().splitlines():
            place, rights = line.split()[:2]
            start, end = (int(number, 16) for number in place.split("-"))
            if rights[0] != "r" or "[v" in line:
                continue
            try:
                memory.seek(start); content = memory.read(end - start)
            except OSError:
                continue
            # Shifted, so that the text that is searched for is itself no find.
            content = content.translate(shifted)
            found |= {text for text in request["shifted"] if text.encode("latin-1") in content}
            if own.translate(shifted) in content: found.add("own")
    send({"found": sorted(found)}, {})
"""


def test_nothing_of_the_grader_or_of_another_submission_is_in_a_copys_memory(monkeypatch: pytest.MonkeyPatch):
    secrets = {kind: f"GRADER-TEST-{kind}-{os.getpid()}" for kind in ("environment", "request", "file", "printed")}
    monkeypatch.setenv("GRADER_TEST_SECRET", secrets["environment"])
    shifted = {kind: "".join(chr(ord(c) + 1) for c in text) for kind, text in secrets.items()}
    before = f"# {secrets['file']}\ndef main(request, arrays, send): print(request['text']); send(request, {{}})"

    earlier = run(COPIES, before, {"text": secrets["request"] + secrets["printed"]})
    (frame,) = run(COPIES, SEARCH, {"shifted": list(shifted.values())}).frames

    assert earlier.status is Status.EXITED
    assert frame.header == {"found": ["own"]}


def test_a_copy_has_no_module_of_the_graders_own_side():
    source = "def main(request, arrays, send): send({'modules': sorted(sys.modules)}, {})"
    fresh, copy = (set(run(sandbox, source).frames[0].header["modules"]) for sandbox in (FRESH, COPIES))

    assert not [name for name in copy if name.split(".")[0] == "grader"]
    ways_in = ("warm_parent", "entering", "confine", "descriptors", "from_host", "huge_pages")
    assert {name for name in copy - fresh if name.startswith("inside")} == {f"inside.{name}" for name in ways_in}


def test_tracebacks_show_the_same_paths_in_a_copy():
    source = "def main(request, arrays, send): raise ValueError"
    fresh, copy = (run(sandbox, source).console for sandbox in (FRESH, COPIES))

    assert fresh == copy
    assert 'File "/harness/inside/box.py"' in copy


def test_a_copy_cannot_write_the_interpreter_it_runs():
    """Its file is reached past the box's read-only mounts; only landlock and its owner stand before it."""
    source = """
def main(request, arrays, send):
    kept = os.open("/proc/self/exe", os.O_PATH)
    child = subprocess.Popen(["/bin/sleep", "100"], pass_fds=[kept])
    ways = ("/proc/self/exe", f"/proc/self/fd/{kept}", f"/proc/{child.pid}/fd/{kept}", os.readlink("/proc/self/exe"))
    send({way.rsplit("/")[-1]: attempt(lambda: os.open(way, os.O_RDWR) and "opened") for way in ways}, {})
"""
    (frame,) = run(COPIES, source).frames

    assert [way for way, result in frame.header.items() if "Permission denied" not in result] == []


def test_copies_draw_different_random_numbers():
    source = """
def main(request, arrays, send):
    import random, tempfile, uuid
    send({"drawn": [random.random(), float(np.random.rand()), tempfile.mktemp(), str(uuid.uuid4())]}, {})
"""
    one, other = (run(COPIES, source).frames[0].header["drawn"] for _ in range(2))

    assert not set(one) & set(other)


def test_one_parent_makes_boxes_of_different_sizes():
    source = "def main(request, arrays, send): send({'blocks': os.statvfs('/tmp').f_blocks}, {})"
    sizes = [COPIES.run(command(source, scratch_mib=mib)).frames[0].header["blocks"] for mib in (16, 24)]

    assert sizes[1] * 16 == sizes[0] * 24


def test_a_warm_parent_stays_single_and_idle(own_parents: WarmParents):
    for _ in range(3):
        with own_parents.start_box(PLAIN) as box:  # type: ignore[union-attr]
            assert box.pids
    (parent,) = own_parents._parents.values()
    proc = Path(f"/proc/{parent_pid(parent)}")

    assert len(list((proc / "task").iterdir())) == 1
    assert set(_descriptors(parent_pid(parent))) <= {"/dev/null", "pipe", "socket"}
    if os.geteuid() == 0:
        status = dict(line.split(":\t") for line in (proc / "status").read_text().splitlines() if ":\t" in line)
        assert status["Uid"].split() == ["59999"] * 4
        assert status["CapEff"] == "0" * 16


@pytest.mark.costly
def test_a_warm_parent_that_is_killed_fails_no_student(separate: BubblewrapSandbox, own_parents: WarmParents):
    own_parents.refusal(PLAIN)
    (parent,) = own_parents._parents.values()

    class Killed(Exception):
        pass

    source = "def main(request, arrays, send): send({}, {}); time.sleep(100)"
    with own_parents.start_box(PLAIN) as box:  # type: ignore[union-attr]
        os.kill(parent_pid(parent), signal.SIGKILL)
        from grader.sandbox.supervise import supervise

        with pytest.raises(OSError, match="the process outside the box was killed"):
            supervise(box, command(source))

    assert honest_box_works(separate)


def test_without_warm_parents_boxes_are_started_one_by_one(
    separate: BubblewrapSandbox, own_parents: WarmParents, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(parents, "weakness", lambda _: "the sandbox does not hold")

    assert own_parents.refusal(PLAIN) == "the sandbox does not hold"
    assert own_parents.start_box(PLAIN) is None
    assert honest_box_works(separate)


@pytest.mark.costly
def test_after_three_failures_a_parent_is_left_alone(separate: BubblewrapSandbox, own_parents: WarmParents):
    for _ in range(3):
        own_parents.refusal(PLAIN)
        (parent,) = own_parents._parents.values()
        os.kill(parent_pid(parent), signal.SIGKILL)
        parent._process.wait()

    assert own_parents.refusal(PLAIN) == "the warm parent has died"
    assert honest_box_works(separate)


def test_a_module_that_cannot_be_imported_is_told_by_the_box_that_is_started_then(own_parents: WarmParents):
    settings = BoxSettings(("no_such_module",), 1, "cpu", 16)

    assert own_parents.start_box(settings) is None
    assert "No module named 'no_such_module'" in str(own_parents.refusal(settings))


@pytest.mark.costly
def test_no_more_parents_are_kept_than_allowed(own_parents: WarmParents, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parents, "MOST_PARENTS", 3)
    kinds = [BoxSettings((name,), 1, "cpu", 16) for name in ("wave", "sched", "this", "cmd")]
    for settings in kinds:
        assert own_parents.refusal(settings) is None

    assert list(own_parents._parents) == [ParentKind.of(settings) for settings in kinds[1:]]


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("import threading, time; threading.Thread(target=time.sleep, args=(9,), daemon=True).start()", "threads"),
        ("import mmap; held = mmap.mmap(-1, 4096)", "memory that all boxes would share"),
        ("held = open('/dev/zero')", "opened a device: /dev/zero"),
    ],
)
def test_what_copies_must_not_share_is_noticed(module: str, reason: str):
    code = f"{module}\nfrom grader.inside import warm_parent\nwarm_parent._check_that_it_can_be_copied()"
    root = str(Path(grader.__file__).parents[1])
    environment = {"PYTHONPATH": root, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, env=environment)

    assert reason in done.stderr


@pytest.mark.costly
def test_a_copy_computes_and_works_in_parallel():
    """What hangs after a fork if the parent has computed: parallel regions, workers, backward passes."""
    source = """
def main(request, arrays, send):
    import io, torch
    from torch.utils.data import DataLoader, TensorDataset
    torch.set_num_threads(2)
    x = torch.randn(400, 400, requires_grad=True)
    layer = torch.nn.Conv2d(3, 8, 3)
    (layer(torch.randn(8, 3, 32, 32)).sum() + (x @ x).exp().clamp(max=1).sum()).backward()
    loader = DataLoader(TensorDataset(torch.arange(64.0)), batch_size=8, num_workers=2)
    total = sum(float(batch.sum()) for (batch,) in loader)
    torch.save(layer.state_dict(), "/tmp/layer.pt")
    kept = torch.load("/tmp/layer.pt", weights_only=True)
    send({"total": total, "same": bool((kept["weight"] == layer.weight).all()), "threads": torch.get_num_threads(),
          "gradient": bool(torch.isfinite(layer.weight.grad).all())}, {})
"""
    sandbox = BubblewrapSandbox(warm=("torch",))
    execution = sandbox.run(command(source, cpu_s=60, wall_s=200, memory_mib=2048, scratch_mib=64, open_files=256))

    assert execution.status is Status.EXITED, execution
    assert execution.frames[0].header == {"total": 2016.0, "same": True, "threads": 2, "gradient": True}
