"""`python -m grader.sandbox.build_seccomp` writes the system call filters that are shipped beside it.

Needs pyseccomp (the `dev` extra) and libseccomp; grading needs neither.
"""

from __future__ import annotations

import errno
import struct
import sys
import tempfile
from pathlib import Path

import pyseccomp

_DENIED = (
    *("ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "pidfd_getfd"),
    *("mount", "umount", "umount2", "pivot_root", "chroot", "setns", "unshare"),
    *("fsopen", "fsconfig", "fsmount", "fspick", "move_mount", "open_tree", "mount_setattr"),
    *(
        "keyctl",
        "add_key",
        "request_key",
        "bpf",
        "perf_event_open",
        "userfaultfd",
        "fanotify_init",
        "lookup_dcookie",
    ),
    *("init_module", "finit_module", "delete_module", "create_module", "kexec_load", "kexec_file_load"),
    *("swapon", "swapoff", "reboot", "acct", "quotactl", "quotactl_fd", "nfsservctl", "vhangup", "syslog"),
    *("open_by_handle_at", "name_to_handle_at"),
    *("settimeofday", "clock_settime", "clock_settime64", "clock_adjtime", "adjtimex", "stime"),
    *(
        "iopl",
        "ioperm",
        "ioprio_set",
        "modify_ldt",
        "uselib",
        "ustat",
        "sysfs",
        "_sysctl",
        "sethostname",
        "setdomainname",
    ),
    *("vmsplice", "move_pages", "migrate_pages"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "io_setup", "io_submit"),
)
# Memory that belongs to no process: without a memory cgroup nothing would count it.
_UNCOUNTED_MEMORY = ("memfd_create", "memfd_secret", "shmget", "msgget", "semget")
# New cgroup, mount, UTS, IPC, user, pid and network namespaces; `clone` cannot make a new time namespace.
_CLONE_NAMESPACES = (0x02000000, 0x20000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_FAMILIES = 46
_NETLINK_ROUTE = 0  # what lists network cards; the other families of netlink speak with parts of the kernel
# The calls up to this one were looked at, one by one; numbers are the same on both processors from 424 on.
_LAST_REVIEWED = 456  # futex_requeue, Linux 6.7
_FIRST_SHARED = 424

ARCHITECTURES = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}
# How the kernel names them, and the last call of each own list of old ones; numbers from there to 424 are new.
_AUDIT_ARCH = {"x86_64": (0xC000003E, 334), "aarch64": (0xC00000B7, 294)}
_X32 = 0x40000000  # marks calls of another interface, which libseccomp's part of the filter kills
# Of a classic BPF program: load a word of `struct seccomp_data`, jump, return.
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCH_AT = 0, 4
_ERRNO = 0x00050000


def build_filter(machine: str) -> tuple[bytes, list[str]]:
    """The BPF program for `machine`, and the calls this libseccomp does not know for it."""
    rules = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    if ARCHITECTURES[machine] != pyseccomp.system_arch():
        rules.add_arch(ARCHITECTURES[machine])
        rules.remove_arch(pyseccomp.Arch.NATIVE)
    unknown = [name for name in (*_DENIED, *_UNCOUNTED_MEMORY) if not _deny(rules, name)]
    # The flags of clone3 lie behind a pointer; told that it is missing, glibc falls back to clone.
    rules.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    _deny_namespaces(rules)
    for request in _TERMINAL_INJECTION:
        matches = pyseccomp.Arg(1, pyseccomp.MASKED_EQ, 0xFFFFFFFF, request)
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "ioctl", matches)
    _deny_socket_families(rules)
    return _new_calls_are_missing(machine) + _exported(rules), unknown


def _new_calls_are_missing(machine: str) -> bytes:
    """Instructions before all others: a call that is newer than this filter answers as on an older kernel."""
    arch, last_old = _AUDIT_ARCH[machine]
    return b"".join(
        struct.pack("<HBBI", *instruction)
        for instruction in (
            (_LOAD, 0, 0, _ARCH_AT),
            (_EQUAL, 0, 6, arch),
            (_LOAD, 0, 0, _NUMBER_AT),
            (_AT_LEAST, 4, 0, _X32),
            (_AT_LEAST, 2, 0, _LAST_REVIEWED + 1),
            (_AT_LEAST, 2, 0, _FIRST_SHARED),
            (_AT_LEAST, 0, 1, last_old + 1),
            (_RETURN, 0, 0, _ERRNO | errno.ENOSYS),
        )
    )


def _deny(rules: pyseccomp.SyscallFilter, name: str) -> bool:
    try:
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), name)
    except (OSError, ValueError, RuntimeError):
        return False
    return True


def _deny_namespaces(rules: pyseccomp.SyscallFilter) -> None:
    for flag in _CLONE_NAMESPACES:
        matches = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, flag, flag)
        rules.add_rule(pyseccomp.ERRNO(errno.EPERM), "clone", matches)


def _deny_socket_families(rules: pyseccomp.SyscallFilter) -> None:
    # Vsock in particular: in a virtual machine it reaches the host past the network namespace.
    refused = pyseccomp.ERRNO(errno.EAFNOSUPPORT)
    for family in set(range(_FAMILIES)) - {_UNIX, _INET, _INET6, _NETLINK}:
        rules.add_rule(refused, "socket", pyseccomp.Arg(0, pyseccomp.EQ, family))
    rules.add_rule(refused, "socket", pyseccomp.Arg(0, pyseccomp.GE, _FAMILIES))
    netlink, other = pyseccomp.Arg(0, pyseccomp.EQ, _NETLINK), pyseccomp.Arg(2, pyseccomp.NE, _NETLINK_ROUTE)
    rules.add_rule(pyseccomp.ERRNO(errno.EPROTONOSUPPORT), "socket", netlink, other)


def _exported(rules: pyseccomp.SyscallFilter) -> bytes:
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def main() -> None:
    """Write one filter per architecture and say what it leaves out."""
    for machine in ARCHITECTURES:
        program, unknown = build_filter(machine)
        path = Path(__file__).with_name(f"seccomp_{machine}.bpf")
        path.write_bytes(program)
        sys.stdout.write(f"{path.name}: {len(program) // 8} instructions; not known there: {unknown}\n")


if __name__ == "__main__":
    main()
