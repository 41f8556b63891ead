"""Logs of training runs: CSV, JSON and JSON lines, printed lines, TensorBoard event files, pickles, `.npz`."""

from __future__ import annotations

import gzip
import io
import zipfile
import zlib
from pathlib import Path

from ..channel import Array
from . import events, pickles, printed_logs, records, stored_arrays, text_tables
from .log_parts import MAX_BYTES, Answer, FileFound, LogPart, UnreadableFile


def read(path: Path) -> Answer:
    """What the file holds, whatever its ending says. Raises UnreadableFile."""
    return of_content(path.read_bytes(), path.name).answer()


def of_content(content: bytes, name: str = "") -> FileFound:
    """The same, of a file's bytes."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"expected at most {MAX_BYTES >> 20} MiB, found {len(content) >> 20:,} MiB")
    if content[:2] == b"\x1f\x8b":
        return of_content(_unpacked(content), name.removesuffix(".gz"))
    if not content.strip():
        raise UnreadableFile("the file is empty")
    if "tfevents" in name or events.is_events(content):
        return events.read(content)
    if content[:6] == b"\x93NUMPY" or content[:4] == b"PK\x03\x04":
        return _zipped(content)
    if content[:1] == b"\x80" or name.lower().endswith((".pkl", ".pickle", ".p")):
        return pickles.read(content)
    return _text(content)


def _text(content: bytes) -> FileFound:
    """Tables, records or lines."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = content.decode(encoding, "replace")
    if "\0" in text:
        raise UnreadableFile("it is no text: expected CSV, JSON, an event file, a pickle or .npz")
    if text.lstrip()[:1] in "{[":
        try:
            return records.read(text)
        except UnreadableFile:
            if text.lstrip()[0] == "{":
                raise
    if printed_logs.is_likely(text):
        return printed_logs.read(text)
    try:
        return text_tables.read(text)
    except UnreadableFile as error:
        try:
            return printed_logs.read(text)
        except UnreadableFile:
            raise error from None


def _unpacked(content: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as stream:
            found = stream.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableFile(f"it is no whole gzip file: {error}") from None
    if len(found) > MAX_BYTES or found[:2] == b"\x1f\x8b":
        raise UnreadableFile(f"unpacked it is more than {MAX_BYTES >> 20} MiB, or packed twice")
    return found


def _zipped(content: bytes) -> FileFound:
    """`.npz` and `.npy`, and what `torch.save` writes of plain numbers."""
    if content[:4] == b"PK\x03\x04" and (pickled := _data_of_torch(content)) is not None:
        return pickles.read(pickled)
    found = FileFound("arrays")
    by_length: dict[int, dict[str, list[float]]] = {}
    for name, array in stored_arrays.stored(content).items():
        if array.ndim == 0:
            found.facts[name] = float(array)
        elif array.ndim <= 2 and array.size:
            by_length.setdefault(len(array), {})[name] = _row(array)
    found.parts = [LogPart("", dict(columns)) for columns in by_length.values()]
    if not found.parts:
        raise UnreadableFile("there are no curves in it")
    return found


def _row(array: Array) -> list[float]:
    """A curve; of several values at each point (returns of several episodes) their mean."""
    values = array.astype(float)
    return [float(one) for one in (values if values.ndim == 1 else values.mean(axis=1))]


def _data_of_torch(content: bytes) -> bytes | None:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        inside = [one for one in archive.infolist() if one.filename.endswith("/data.pkl")]
        if not inside or inside[0].file_size > MAX_BYTES:
            return None
        return archive.read(inside[0])
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, zlib.error) as error:
        raise UnreadableFile(f"it is no whole zip archive: {error}"[:300]) from None
