"""What students choose raises warnings in libraries; none of them reaches the terminal of who grades."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
GRADE = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import tiny_course
import grader.sandbox.bubblewrap, grader.sandbox.probe  # the probe keeps the real one
grader.sandbox.bubblewrap.BubblewrapSandbox = lambda **_: tiny_course.FakeSandbox()
from grader.cli import main
main(sys.argv[1:])
"""
WARNING = """
def sign(evidence):
    import sys, warnings
    import numpy as np
    np.float64(1) / np.float64(0)
    np.array([1e300]).astype(np.float32)
    warnings.warn("hostile \\\\x1b[31m words", UserWarning)
    print("printed by a check", file=sys.stderr)
"""


@pytest.mark.costly
def test_no_warning_reaches_the_terminal(course):
    file = course.reference / "tiny" / "assignment.py"
    file.write_text(file.read_text().replace("\ndef sign(evidence):", WARNING))
    course.submit(ada="2 * x  # \\d")
    (course.submissions / "bob").mkdir()
    (course.submissions / "bob" / "hw.py").write_text(
        '"\\d \\y"\nif 1 is 1: assert (1, 2)\ndef double(x):\n    return 3\n'
    )
    with zipfile.ZipFile(course.submissions / "cyd.zip", "w") as archive:
        archive.writestr("hw.py", "x = '\\d'\ndef double(x):\n    return 2\n")
    command = [sys.executable, "-c", GRADE, "grade", course.submissions, "--assignment", "tiny"]
    command += ["--out", course.out, "--reference", course.reference]

    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True, check=False, timeout=120)

    assert course.json("ada")["points"] == 6
    for word in ("Warning", "hostile", "printed by a check", "Traceback"):
        assert word not in done.stdout + done.stderr
