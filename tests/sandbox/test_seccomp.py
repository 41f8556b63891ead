"""The system call filters that are shipped, for both processors, run as the kernel runs them."""

from __future__ import annotations

import errno
import struct
from pathlib import Path

import pytest

from grader.sandbox import seccomp

X86, ARM = "x86_64", "aarch64"
ARCH = {X86: 0xC000003E, ARM: 0xC00000B7}
IO_SETUP, IO_SUBMIT, SOCKET, GETPID = {X86: 206, ARM: 0}, {X86: 209, ARM: 2}, {X86: 41, ARM: 198}, {X86: 39, ARM: 172}
LAST_OLD = {X86: 334, ARM: 294}
RSEQ = {X86: 334, ARM: 293}
UNIX, INET, NETLINK, VSOCK = 1, 2, 16, 40
ALLOWED = 0
LOAD, AND, JUMP, EQUAL, GREATER, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x54, 0x05, 0x15, 0x25, 0x35, 0x45, 0x06
TESTS = {EQUAL: int.__eq__, GREATER: int.__gt__, AT_LEAST: int.__ge__, ANY_BIT: lambda a, k: bool(a & k)}


def answer(machine: str, number: int, *arguments: int) -> int:
    """What a call comes to: 0 if it is let through, else the error. Raises ValueError where the caller is killed."""
    data = struct.pack("<iIQ6Q", number, ARCH[machine], 0, *arguments, *(6 - len(arguments)) * (0,))
    program = Path(seccomp.__file__).with_name(f"seccomp_{machine}.bpf").read_bytes()
    instructions = list(struct.iter_unpack("<HBBI", program))
    at, value = 0, 0
    while True:
        code, yes, no, constant = instructions[at]
        at += 1
        if code == RETURN:
            return _told(constant)
        if code == LOAD:
            (value,) = struct.unpack_from("<I", data, constant)
        elif code == AND:
            value &= constant
        elif code == JUMP:
            at += constant
        else:
            at += yes if TESTS[code](value, constant) else no


def _told(verdict: int) -> int:
    if verdict == 0x7FFF0000:
        return ALLOWED
    if verdict >> 16 != 0x0005:
        raise ValueError(f"killed: {verdict:#x}")
    return verdict & 0xFFFF


@pytest.fixture(params=[X86, ARM])
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_ordinary_calls_are_let_through(machine: str):
    assert answer(machine, GETPID[machine]) == ALLOWED


def test_asynchronous_input_and_output_is_denied(machine: str):
    assert {answer(machine, table[machine]) for table in (IO_SETUP, IO_SUBMIT)} == {errno.EPERM}


def test_calls_newer_than_the_last_one_that_was_looked_at_are_missing(machine: str):
    numbers = [*range(LAST_OLD[machine] + 1, 424), *range(457, 700), 2**20, 2**30 - 1]

    assert {answer(machine, number) for number in numbers} == {errno.ENOSYS}


def test_the_last_calls_that_were_looked_at_are_there(machine: str):
    assert answer(machine, 456) == answer(machine, 424) == answer(machine, RSEQ[machine]) == ALLOWED


def test_of_netlink_the_family_that_lists_network_cards_is_let_through_and_no_other(machine: str):
    found = {family: answer(machine, SOCKET[machine], NETLINK, 3, family) for family in (0, 1, 9, 15, 16, 2**32)}

    assert found[0] == ALLOWED
    assert {found[family] for family in (1, 9, 15, 16)} == {errno.EPROTONOSUPPORT}
    assert found[2**32] == errno.EPROTONOSUPPORT  # the kernel would cut it to 0; nobody writes it so


def test_sockets_of_other_families_are_refused(machine: str):
    assert [answer(machine, SOCKET[machine], family, 1, 0) for family in (UNIX, INET)] == [ALLOWED, ALLOWED]
    assert {answer(machine, SOCKET[machine], family, 1, 0) for family in (VSOCK, 17, 38, 46, 2**31)} == {
        errno.EAFNOSUPPORT
    }


def test_calls_of_the_other_interface_of_the_processor_kill_the_caller():
    with pytest.raises(ValueError, match="killed"):
        answer(X86, 0x40000000 + GETPID[X86])
