"""What lies in a reader's folder before the commands of a page are typed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "submissions"
# As Canvas names what is downloaded: last and first name, the student's id, the submission's, the file.
CLASS = {"ada": "lovelaceada_1001_7001", "hugo": "meierhugo_1002_7002", "zora": "brandtzora_1003_7003"}


def class_download(folder: Path) -> None:
    """`download.zip`: what Canvas gives for a class of three; `gradebook.csv`: its gradebook, with nothing in it."""
    with zipfile.ZipFile(folder / "download.zip", "w") as archive:
        for student, called in CLASS.items():
            archive.write(SAMPLES / "numpy_layers" / student / "layers.py", f"{called}_layers.py")
    rows = [
        "Student,ID,SIS User ID,SIS Login ID,Section,Layers (4711)",
        "    Points Possible,,,,,20",
        '"Lovelace, Ada",1001,,ada,Lab 1,',
        '"Meier, Hugo",1002,,hugo,Lab 1,',
        '"Brandt, Zora",1003,,zora,Lab 1,',
    ]
    (folder / "gradebook.csv").write_text("\n".join(rows) + "\n")


def students_kit(folder: Path) -> None:
    """`kit/`: what an instructor gives."""
    program = Path(sys.executable).with_name("grader")
    subprocess.run([program, "starter", "fashion_net", folder / "kit"], check=True, capture_output=True)


BEFORE: Mapping[str, Callable[[Path], None]] = {
    "docs/start/ta.md": class_download,
    "docs/start/student.md": students_kit,
    "docs/similarity.md": class_download,
}
# Pages whose reader has typed what another page says.
FOLLOWS: Mapping[str, str] = dict.fromkeys(
    (
        "docs/command-line.md",
        "docs/groups.md",
        "docs/marking.md",
        "docs/operating/privacy.md",
        "docs/operating/upgrades.md",
        "docs/runs.md",
    ),
    "docs/start/ta.md",
)
