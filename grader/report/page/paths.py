"""Where the templates and the bundled fonts lie, in a checkout and when installed."""

from __future__ import annotations

from pathlib import Path


def _templates() -> Path:
    here = Path(__file__).resolve()
    installed = here.parents[2] / "templates"
    return installed if installed.is_dir() else here.parents[3] / "templates"


TEMPLATES = _templates()
FONTS = TEMPLATES / "fonts"
