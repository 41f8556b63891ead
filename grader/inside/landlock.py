"""Landlock: a second barrier inside the box, drawn by the process around itself before student code is loaded.

It closes what namespaces leave open between processes of one user: memory, environment and signals of the
box's first process. Constants are those of linux/landlock.h.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_PR_SET_NO_NEW_PRIVS = 38
_RULE_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_READ_ONLY = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_ONLY = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15}
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 3

_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def restrict(read_only: Iterable[str], writable: Iterable[str]) -> int:
    """Confine this thread and all it starts to these paths; paths that do not exist are passed over.

    Returns the kernel's landlock version, 0 where there is none (then nothing is confined). Raises
    `OSError` when the kernel has landlock and refuses.
    """
    abi = version()
    if abi < 1:
        return 0
    rights = (1 << _RIGHTS_BY_ABI.get(abi, 16)) - 1
    ruleset = _create(rights, abi)
    try:
        for paths, allowed in ((read_only, _READ_ONLY), (writable, rights)):
            for path in paths:
                _allow(ruleset, path, allowed & rights)
        _checked(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
        _checked(_libc.syscall(_RESTRICT_SELF, ruleset, 0), "landlock_restrict_self")
    finally:
        os.close(ruleset)
    return abi


def version() -> int:
    """The kernel's landlock version, 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, 0, 1)))


def _create(rights: int, abi: int) -> int:
    scoped = abi >= 6
    ruleset = _Ruleset(rights, 0, _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if scoped else 0)
    size = ctypes.sizeof(_Ruleset) if scoped else 8
    return _checked(_libc.syscall(_CREATE_RULESET, ctypes.byref(ruleset), size, 0), "landlock_create_ruleset")


def _allow(ruleset: int, path: str, allowed: int) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.EACCES}:
            return
        raise
    try:
        rule = _PathBeneath(allowed if Path(path).is_dir() else allowed & _FILE_ONLY, folder)
        result = _libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
        _checked(result, f"landlock_add_rule {path}")
    finally:
        os.close(folder)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result
