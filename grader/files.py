"""Files that are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path


def write_atomically(path: Path, data: bytes) -> None:
    """Replace `path` by `data`: a reader sees the old file or the new one, also after a power cut.

    Raises OSError if the folder cannot be written; the old file is then untouched.
    """
    fresh = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        write_new(fresh, data)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def write_lightly(path: Path, data: bytes) -> None:
    """Replace `path` by `data` without waiting for the disk: for what can be made again, and whose damage is noticed.

    Raises OSError if the folder cannot be written.
    """
    fresh = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        fresh.write_bytes(data)
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, and wait until the disk has it. Raises OSError."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Replace a folder by one with these files in it. Raises OSError; the old folder is then as it was."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    new, old = _empty_beside(folder), None
    try:
        for name, content in files.items():
            write_new(new / name, content)
        new.chmod(0o755)
        if folder.exists():
            old = _empty_beside(folder)
            folder.rename(old)
        new.rename(folder)
    except BaseException:
        if old is not None and not folder.exists():
            old.rename(folder)
        shutil.rmtree(new, ignore_errors=True)
        raise
    finally:
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)


def _empty_beside(folder: Path) -> Path:
    return Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
