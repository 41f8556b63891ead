"""What MkDocs is told when it builds: the assignments' pages stand in the navigation by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

ASSIGNMENTS = "Assignments"


def on_config(config: Any) -> Any:
    """Add the page of each assignment, called by its title."""
    folder = Path(config["docs_dir"]) / "assignments"
    pages = [{_title(path): f"assignments/{path.name}"} for path in sorted(folder.glob("*.md")) if path.stem != "index"]
    for section in config["nav"]:
        section.get(ASSIGNMENTS, []).extend(pages)
    return config


def _title(page: Path) -> str:
    return next(line[2:] for line in page.read_text().splitlines() if line.startswith("# "))
