"""Names that stand in other files than the main one."""

from __future__ import annotations

import sys
import types
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


@pytest.mark.parametrize("last_of_ours", ["known_to_us", "taken away meanwhile"])
def test_names_of_what_the_submission_imported_are_found_among_the_modules_after_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last_of_ours: str
):
    monkeypatch.chdir(tmp_path)
    for name, file in (("known_to_us", "/harness/ours.py"), ("layers", str(tmp_path / "layers.py"))):
        module = types.ModuleType(name)
        module.__file__ = file
        module.affine = name  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, name, module)
    loaded = Loaded({}, "run", last_of_ours=last_of_ours)

    names = SpreadNames(loaded, "main.py", lambda _: Loaded({}, "definitions"))

    assert names["affine"] == "layers"
