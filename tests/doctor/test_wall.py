from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from doctor_examples import ATTACKS, Answers, resisted

from grader.doctor import wall
from grader.doctor.diagnosis import Severity
from grader.doctor.wall import attacked, cannot_be_built, copies
from grader.inside import self_attack
from grader.sandbox.protocol import Execution, Status


def levels(sandbox: Answers) -> dict[str, Severity]:
    return {found.name: found.level for found in attacked(sandbox)}


def test_a_wall_that_resists_is_strong():
    assert levels(Answers([resisted()])) == dict.fromkeys(("built", *ATTACKS), Severity.STRONG)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_that_works_is_weak_and_no_other(name: str):
    found = levels(Answers([resisted(**{name: True})]))

    assert [weak for weak, level in found.items() if level is Severity.WEAK] == [name]


def test_what_only_the_second_program_can_do_is_found():
    left = "find what an earlier program left"

    assert levels(Answers([resisted(), resisted(**{left: True})]))[left] is Severity.WEAK


def test_an_attacker_that_is_silent_the_second_time_has_won():
    found = levels(Answers([resisted(), Execution(Status.TIMED_OUT, "ran for 20 s")]))

    assert {found[name] for name in ATTACKS} == {Severity.WEAK}


def test_a_wall_that_cannot_be_built_is_told_with_reason_and_fix():
    reason = "bwrap: setting up uid map: Permission denied"

    (found,) = attacked(Answers([Execution(Status.SANDBOX_FAILED, reason)]))

    assert found.level is Severity.WEAK
    assert cannot_be_built(found)
    assert reason in found.found
    assert "bwrap-userns-restrict" in (found.fix or "")


@pytest.mark.parametrize("status", [Status.EXITED, Status.RAISED, Status.NO_RESULT])
def test_an_attacker_that_says_nothing_proves_nothing(status: Status):
    (found,) = attacked(Answers([Execution(status, "why")]))

    assert found.level is Severity.WEAK


class Parents:
    """Warm parents of which is known why they are not used."""

    def __init__(self, reason: str | None) -> None:
        self.reason = reason

    def refusal(self, _settings: object) -> str | None:
        return self.reason


@pytest.mark.parametrize(("reason", "level"), [(None, Severity.STRONG), ("setns: not permitted", Severity.NOTE)])
def test_copies_are_a_note_where_they_do_not_work(monkeypatch, reason, level):
    monkeypatch.setattr(wall, "warm_parents", lambda: Parents(reason))

    found = copies()

    assert found.level is level
    assert (reason or "refused") in found.found


# The attacks themselves: where there is no wall, they work.


@pytest.fixture
def request_() -> dict[str, object]:
    kinds = ("ipc", "mnt", "net", "pid", "uts")
    namespaces = {kind: str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in kinds}
    return {
        "port": 0,
        "abstract": "",
        "file": "",
        "secret": "",
        "namespaces": namespaces,
        "processes": 5,
        "scratch_mib": 1,
        "counted": False,
    }


def works(name: str, request: dict[str, object]) -> bool:
    return self_attack.attacks(request)[name]()


def test_without_a_wall_the_network_and_sockets_are_reached(request_):
    name = f"grader-test-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(f"\0{name}")
        unix.listen()
        there = request_ | {"port": tcp.getsockname()[1], "abstract": name}
        assert works("reach the host's network", there)
        assert works("reach a socket of the host", there)


def test_without_a_wall_files_and_processes_are_reached(request_, tmp_path):
    (tmp_path / "secret").write_text("secret")

    assert works("read a file of the host", request_ | {"file": str(tmp_path / "secret")})
    assert works("share a namespace with the grader", request_)
    assert works("take uncounted memory", request_)
    assert works("start more processes than allowed", request_)


def test_without_a_wall_memory_folders_take_what_there_is(tmp_path, monkeypatch, request_):
    monkeypatch.setattr(self_attack, "_FOLDERS", (str(tmp_path),))

    assert works("fill more scratch than allowed", request_)
    assert list(tmp_path.iterdir()) == []


def test_what_one_program_leaves_the_next_one_finds(tmp_path, monkeypatch, request_):
    monkeypatch.setattr(self_attack, "_FOLDERS", (str(tmp_path),))

    assert not works("find what an earlier program left", request_)
    assert works("find what an earlier program left", request_)


def test_without_a_wall_there_are_new_rights_to_be_had(request_):
    assert works("hold rights of an administrator", request_)
