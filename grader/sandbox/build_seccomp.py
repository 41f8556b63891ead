"""`python -m grader.sandbox.build_seccomp` writes the system call filters that are shipped beside it.

Needs pyseccomp (the `dev` extra) and libseccomp; grading needs neither.
"""

from __future__ import annotations

import errno
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
    *("io_uring_setup", "io_uring_enter", "io_uring_register"),
)
# Memory that belongs to no process: without a memory cgroup nothing would count it.
_UNCOUNTED_MEMORY = ("memfd_create", "memfd_secret", "shmget", "msgget", "semget")
# New cgroup, mount, UTS, IPC, user, pid and network namespaces; `clone` cannot make a new time namespace.
_CLONE_NAMESPACES = (0x02000000, 0x20000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000)
_TERMINAL_INJECTION = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX
_UNIX, _INET, _INET6, _NETLINK = 1, 2, 10, 16
_FAMILIES = 46

ARCHITECTURES = {"x86_64": pyseccomp.Arch.X86_64, "aarch64": pyseccomp.Arch.AARCH64}


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
    return _exported(rules), unknown


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
