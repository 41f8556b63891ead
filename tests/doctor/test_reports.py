from __future__ import annotations

import ctypes

import pytest

from grader.doctor import reports
from grader.doctor.diagnosis import Severity


def test_a_missing_library_is_weak_and_its_package_named(monkeypatch: pytest.MonkeyPatch):
    real = ctypes.CDLL

    def load(name: str | None) -> ctypes.CDLL:
        if name == "libharfbuzz-subset.so.0":
            raise OSError("cannot open shared object file")
        return real(name)

    monkeypatch.setattr(ctypes, "CDLL", load)

    found = reports.libraries()

    assert found.level is Severity.WEAK
    assert "apt-get install libharfbuzz-subset0;" in (found.fix or "")


def test_a_page_that_cannot_be_made_is_weak(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reports, "PAGE", "<h1>漢</h1>")

    found = reports.page()

    assert found.level is Severity.WEAK
    assert "--no-pdf" in (found.fix or "")


def test_missing_fonts_are_weak(monkeypatch: pytest.MonkeyPatch, tmp_path):
    monkeypatch.setattr("grader.report.page.paths.FONTS", tmp_path)

    assert reports.fonts().level is Severity.WEAK


def test_qpdf_is_only_noted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("shutil.which", lambda name: None)

    assert reports.qpdf().level is Severity.NOTE
