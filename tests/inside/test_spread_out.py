"""Names that stand in other files than the main one."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.inside.loading import Loaded
from grader.inside.spread_out import SpreadNames


def test_only_hidden_folders_within_the_submission_are_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / ".work" / "homework"
    for place in ("parts", ".ipynb_checkpoints"):
        (folder / place).mkdir(parents=True)
        (folder / place / "layers.py").write_text("def affine(x):\n    return x\n")
    (folder / "main.py").write_text("")
    monkeypatch.chdir(folder)

    names = SpreadNames(Loaded({}, "run"), "main.py", lambda file: Loaded({"affine": file}, "definitions"))

    assert names["affine"] == "parts/layers.py"
    assert "relu" not in names
