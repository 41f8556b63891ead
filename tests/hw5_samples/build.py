"""Write the sample submissions of homework 5.

    PYTHONPATH=.:tests python -m hw5_samples.build

Each student's folder is made from the programs in `code/`, changed here and there, and a report of our own text.
`expected.toml`, beside the folders, says what each comes to and is written by hand.
"""

from __future__ import annotations

import io
import pickle
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from sample_classes import sample_folder

from . import paper
from .paper import HIGH, LOW, Paper

HERE = Path(__file__).parent
WHEN = (2024, 2, 20, 12, 0, 0)
Files = Mapping[str, bytes]


def code(name: str, *changes: tuple[str, str]) -> str:
    """A program of `code/` with some of its text replaced."""
    text = (HERE / "code" / name).read_text()
    for old, new in changes:
        if old not in text:
            raise ValueError(f"{name}: {old!r} is not there to be replaced")
        text = text.replace(old, new)
    return text


def packed(files: Files, *, encrypted: bool = False, links: Mapping[str, str] | None = None) -> bytes:
    """A zip, the same every time."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, WHEN), content, zipfile.ZIP_DEFLATED)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name, WHEN)
            info.create_system, info.external_attr = 3, 0o120777 << 16
            archive.writestr(info, target)
    found = bytearray(stream.getvalue())
    if encrypted:
        for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            place = found.find(mark)
            while place >= 0:
                found[place + at] |= 1
                place = found.find(mark, place + 4)
    return bytes(found)


@dataclass(frozen=True)
class Sample:
    """One student's program and report, and how they are packed."""

    program: str = field(default_factory=lambda: code("bme.py"))
    paper: Paper = Paper()
    layers: int = 228  # parameter tensors: what the report says
    name: str = "hw5.py"
    more: Files = field(default_factory=dict)  # further files in the archive
    beside: Files = field(default_factory=dict)  # further files in the folder
    archive: bytes | None = None
    document: bytes | None = None
    unpacked: bool = False

    def files(self) -> dict[str, bytes]:
        """What lies in the student's folder."""
        inside = {self.name: self.program.encode(), **self.more}
        found: dict[str, bytes] = dict(inside) if self.unpacked else {"hw5.zip": self.archive or packed(inside)}
        if self.document != b"none":
            found["hw5.pdf"] = self.document if self.document is not None else self.report()
        return {name: content for name, content in (found | dict(self.beside)).items() if content != b"none"}

    def report(self) -> bytes:
        """The report with this program in it."""
        layers = f"In total it has {self.layers} learnable layers, as counted by len(list(net.parameters()))."
        listed = "\n".join(self.program.splitlines()[:120])
        return paper.pdf(replace(self.paper, layers=self.paper.layers or layers, code=self.paper.code or listed))


def _right() -> dict[str, Sample]:
    ada = Sample()
    return {
        "ada": ada,
        "bruno": Sample(code("dlstudio_import.py"), Paper(network="HW5_Net", loss="two figures"), 218),
        "chen": Sample(code("in_place.py"), Paper(style="drawings", network="the network"), 198),
        "dora": Sample(
            code("model.py"),
            Paper(style="shares", network="the network"),
            142,
            "hw5/model.py",
            {
                "hw5/train.py": code("train.py").encode(),
                "hw5/settings.py": code("settings.py").encode(),
                "__MACOSX/hw5/._model.py": b"\0\5\26\7",
            },
        ),
        "emil": Sample(code("in_main.py"), Paper(network="DeepNet", rates=("0.001", "0.0005")), 92, unpacked=True),
        "fay": Sample(code("exported.py"), Paper(network="MyResNet"), 202, "HW5.py"),
        "gita": replace(ada, paper=Paper(style="pictures")),
        "hedy": replace(ada, paper=Paper(rates=("1e-2", "1e-3", "1e-4"), matrices=(LOW, HIGH, LOW), pages=3)),
    }


FLAT = "x = x.view(x.shape[0], -1)"


def _of_other_packages() -> dict[str, Sample]:
    """A base class that has a stand-in, with a layer that sizes itself; a function that has none."""
    base = ("class HW5Net(nn.Module):", "class HW5Net(pl.LightningModule):")
    return {
        "anke": Sample(
            code(
                "bme.py",
                base,
                ("nn.Linear(2 * ch * 16, 100)", "nn.LazyLinear(100)"),
                ("import argparse\n", "import argparse\nimport pytorch_lightning as pl\n"),
            )
        ),
        "bodo": Sample(
            code(
                "bme.py",
                (FLAT, "x = rearrange(x, 'n c h w -> n (c h w)')"),
                ("import argparse\n", "import argparse\nfrom einops import rearrange\n"),
            )
        ),
    }


NO_SKIP = ("self.skip_connections = skip_connections", "self.skip_connections = False")
ADDS = "                out = out + identity\n"
# Without batch normalization a network whose gradients take no skip path learns nothing, whatever the seed.
NO_NORM = (
    ("        self.bn1 = nn.BatchNorm2d(in_ch)\n        self.bn2 = nn.BatchNorm2d(out_ch)\n", ""),
    ("F.relu(self.bn1(self.convo1(x)))", "F.relu(self.convo1(x))"),
    ("F.relu(self.bn2(self.convo2(out)))", "F.relu(self.convo2(out))"),
)


AGAIN = "[PreActivation(ch) for _ in range(n_blocks - 12)] + [PreActivation(ch)] * 12"
BARE = (
    "self.bare = nn.Sequential(*[nn.Conv2d(2 * ch, 2 * ch, 3, padding=1) for _ in range(6)])\n"
    "        self.fc1 = nn.Linear(2 * ch"
)
FROZEN = (
    "        for p in self.skip64_arr.parameters():\n            p.requires_grad = False\n        self.fc2 = nn.Linear"
)


def _wrong_networks() -> dict[str, Sample]:
    bme = "bme.py"
    plain = "    def forward(self, x):\n        x = F.max_pool2d(F.relu(self.conv(x)), 2)\n"
    return {
        "ivan": Sample(
            code("in_main.py", ("blocks = 22", "blocks = 8"), ("(3, 9, 15)", "(1, 3, 5)")), Paper(network="DeepNet"), 36
        ),
        "jana": Sample(code("exported.py", ("depth = 8", "depth = 2")), Paper(network="MyResNet"), 58),
        "karl": Sample(code(bme, NO_SKIP, *NO_NORM), layers=144),
        "lina": Sample(
            code(bme, ("self.fc1 = nn.Linear(2 * ch", BARE), ("= self.skip128ds(x)", "= self.skip128ds(self.bare(x))")),
            layers=240,
        ),
        "mona": Sample(
            code("in_main.py", ("PreActivation(ch) for _ in range(n_blocks)", AGAIN)), Paper(network="DeepNet"), 48
        ),
        "nico": Sample(code(bme, (ADDS, "                out = out + identity.detach()\n"), *NO_NORM), layers=144),
        "olga": Sample(code(bme, (ADDS, "                out = out + 0.0 * identity\n"))),
        "pete": Sample(
            code(
                "in_main.py",
                ("self.c2(F.relu(self.c1(F.relu(x))))", "self.c2(F.relu(x))"),
                ("            self.c1 = nn.Conv2d(ch, ch, 3, padding=1)\n", ""),
                ("blocks = 22", "blocks = 44"),
            ),
            Paper(network="DeepNet"),
            92,
        ),
        "quin": Sample(code(bme, ("nn.Linear(2 * ch * 16, 100)", "nn.Linear(2 * ch * 4, 100)"))),
        "rosa": Sample(code(bme, ("nn.Linear(100, 5)", "nn.Linear(100, 10)"))),
        "sami": Sample(code(bme, (plain, plain.replace("F.relu(self.conv(x))", "F.relu(self.conv(0 * x))")))),
        "tara": Sample(code(bme, ("x = x.view(x.shape[0], -1)", "x = x.view(x.shape[0], -1).detach()"))),
        "ugur": Sample(code(bme, ("        self.fc2 = nn.Linear", FROZEN))),
        "vito": Sample(code(bme, ("super(HW5Net, self).__init__()", "super(HW5Net, self).__init__(depth)"))),
        "wilma": Sample(code(bme, ("class HW5Net(nn.Module):", "class HW5Net(nn.Module)"))),
        "xaver": Sample("print('see the report')\n", Paper(code=code("bme.py")[:4000])),
    }


def _wrong_archives() -> dict[str, Sample]:
    program = code("bme.py").encode()
    inside = {"hw5.py": program}
    return {
        "abel": Sample(more={"net.pth": pickle.dumps({"conv.weight": np.zeros(8)}, protocol=2)}),
        "bella": Sample(more={"loader.py": pickle.dumps(list(range(50)), protocol=4)}),
        "carlo": Sample(more={"HW5.ipynb": b'{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'}),
        "delia": Sample(archive=packed({**inside, "more.zip": packed({"helpers.py": b"x = 1\n"})})),
        "edgar": Sample(archive=packed(inside, encrypted=True)),
        "flora": Sample(archive=packed(inside)[:-60]),
        "gaston": Sample(archive=packed({"../hw5.py": program})),
        "heidi": Sample(archive=packed({**inside, "zeros.py": b"0" * 8_000_000})),
        "igor": Sample(archive=packed(inside, links={"data.py": "/etc/passwd"})),
        "judit": Sample(beside={"labels.npy": b"\x93NUMPY\x01\x00" + b" " * 70}),
        "klaus": Sample(document=b"none"),
        "laura": Sample(document=b"%PDF-1.7\nnot much of it\n"),
        "marco": Sample(document=packed({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w/>"})),
        "nadja": Sample(document=b""),
    }


def _wrong_reports() -> dict[str, Sample]:
    uneven = tuple(
        tuple(value + 25 * (row == column == 2) for column, value in enumerate(values))
        for row, values in enumerate(HIGH)
    )
    small = tuple(values[:4] for values in HIGH[:4])
    return {
        "otto": Sample(layers=120),
        "paula": Sample(paper=Paper(layers="It is deep enough.")),
        "ralf": Sample(paper=Paper(net3=None)),
        "sonja": Sample(paper=Paper(numbered=False, loss="two figures")),
        "tomek": Sample(paper=Paper(loss="two figures", numbers=(2, 1))),
        "ursel": Sample(paper=Paper(code="see the archive")),
        "viola": Sample(paper=Paper(said=("71.30%", "57.75%"))),
        "werner": Sample(paper=Paper(matrices=(uneven, LOW))),
        "yvo": Sample(paper=Paper(matrices=(HIGH,))),
        "zeno": Sample(paper=Paper(loss="none")),
        "astrid": Sample(paper=Paper(matrices=(small, LOW), said=("63.30%", "57.10%"))),
        "boris": Sample(paper=Paper(said=())),
    }


def samples() -> dict[str, Sample]:
    """All of them, by student."""
    return _right() | _of_other_packages() | _wrong_networks() | _wrong_archives() | _wrong_reports()


def scanned() -> bytes:
    """A PDF whose page is a picture."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.full((400, 300), 200, np.uint8)).save(stream, "PDF")
    return stream.getvalue()


def encrypted(content: bytes) -> bytes:
    """A PDF that needs a password."""
    import pikepdf

    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(stream, encryption=pikepdf.Encryption(owner="teacher", user="student", R=4), static_id=True)
    return stream.getvalue()


def with_blank_pages(content: bytes, count: int) -> bytes:
    """A PDF with many more pages."""
    import pikepdf

    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        for _ in range(count):
            document.add_blank_page()
        document.save(stream, deterministic_id=True)
    return stream.getvalue()


def main() -> None:
    """Write the folders, leaving `expected.toml` alone."""
    found = samples()
    report = found["ada"].report()
    found["carla"] = Sample(document=encrypted(report))
    found["dieter"] = Sample(document=with_blank_pages(report, 1000))
    found["elsa"] = Sample(document=scanned())
    for student, sample in found.items():
        folder = sample_folder("ece60146_hw5", student)
        shutil.rmtree(folder, ignore_errors=True)
        for name, content in sample.files().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


if __name__ == "__main__":
    main()
