"""Archives for the tests, honest and hostile."""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path


def zip_bytes(files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    return zip_of(files.items(), method)


def zip_of(entries: Iterable[tuple[str | zipfile.ZipInfo, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return packed.getvalue()


def zip_link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target.encode()


def tar_bytes(files: Mapping[str, bytes], compression: str = "") -> bytes:
    members = []
    for name, content in files.items():
        info = tarfile.TarInfo(name)
        info.size = len(content)
        members.append((info, content))
    return tar_of(members, compression)


def tar_of(members: Iterable[tuple[tarfile.TarInfo, bytes]], compression: str = "") -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=f"w:{compression}") as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content))
    return packed.getvalue()


def tar_special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = target
    return info, b""


def with_declared_size(packed: bytes, size: int) -> bytes:
    """A zip of one entry whose headers both claim that it unpacks to `size` bytes."""
    forged = bytearray(packed)
    struct.pack_into("<I", forged, forged.index(b"PK\x03\x04") + 22, size)
    struct.pack_into("<I", forged, forged.index(b"PK\x01\x02") + 24, size)
    return bytes(forged)


def with_flag(packed: bytes, flag: int) -> bytes:
    """A zip of one entry with one more general-purpose flag set in both headers."""
    forged = bytearray(packed)
    for at in (forged.index(b"PK\x03\x04") + 6, forged.index(b"PK\x01\x02") + 8):
        struct.pack_into("<H", forged, at, struct.unpack_from("<H", forged, at)[0] | flag)
    return bytes(forged)


def write_tree(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root
