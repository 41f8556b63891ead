"""What a process does to itself before it may run student code: no rights, few system calls, no descriptors.

Constants are those of linux/prctl.h, linux/capability.h, linux/seccomp.h and linux/sched.h.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Mapping

NAMESPACES: Mapping[str, int] = {
    "user": 0x10000000,
    "mnt": 0x00020000,
    "pid": 0x20000000,
    "net": 0x40000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "cgroup": 0x02000000,
}
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP = 1, 4, 22
_PR_CAPBSET_READ, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_CAP_AMBIENT = 23, 24, 38, 47
_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITIES_VERSION_3 = 0x20080522
_SECCOMP_MODE_FILTER = 2
_FILTER_INSTRUCTION_BYTES = 8

_libc = ctypes.CDLL(None, use_errno=True)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Capabilities(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


class _Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def die_with(parent: int) -> None:
    """Be killed when the parent process (a thread of it, to be exact) ends; leave at once if it has already."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def join_namespaces(pid: int, pid_fd: int) -> None:
    """Move into every namespace of process `pid` that is not ours already; children are born in its pid namespace.

    Needs Linux 5.8. Raises `OSError` when the kernel refuses.
    """
    flags = sum(flag for name, flag in NAMESPACES.items() if _namespace("self", name) != _namespace(str(pid), name))
    _checked(_libc.setns(pid_fd, flags), "setns")


def drop_every_right(seccomp_filter: bytes) -> None:
    """Give up all capabilities for good, and all system calls that `seccomp_filter` refuses."""
    capability = 0
    while _libc.prctl(_PR_CAPBSET_READ, capability, 0, 0, 0) >= 0:
        _prctl(_PR_CAPBSET_DROP, capability)
        capability += 1
    _prctl(_PR_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL)
    header, none = _CapabilityHeader(_CAPABILITIES_VERSION_3, 0), (_Capabilities * 2)()
    _checked(_libc.capset(ctypes.byref(header), ctypes.byref(none)), "capset")
    # As after an exec: the supervisor, of the same user, has to read what this process uses.
    _prctl(_PR_SET_DUMPABLE, 1)
    refuse_calls(seccomp_filter)


def refuse_calls(seccomp_filter: bytes) -> None:
    """Give up all system calls that `seccomp_filter` refuses, for good; they are BPF instructions."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    program = _Filter(len(seccomp_filter) // _FILTER_INSTRUCTION_BYTES, seccomp_filter)
    _checked(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0), "seccomp")


def _namespace(pid: str, name: str) -> str:
    return os.readlink(f"/proc/{pid}/ns/{name}")  # noqa: PTH115 - on the way into every box


def _prctl(option: int, value: int) -> None:
    _checked(_libc.prctl(option, value, 0, 0, 0), f"prctl {option}")


def _checked(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
