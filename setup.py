"""Puts the templates and what students may see of the assignments into the wheel; the rest is in pyproject.toml."""

import shutil
import sys
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).resolve().parent


class BuildWithAssignments(build_py):
    """Copies `templates/`, and every folder of `reference/` without its `hidden/` as `grader/assignments/`."""

    def run(self) -> None:
        """Build as usual; an editable install uses the checkout's own folder."""
        super().run()
        if self.editable_mode:
            return
        shutil.copytree(HERE / "templates", Path(self.build_lib) / "grader" / "templates", dirs_exist_ok=True)
        sys.path.insert(0, str(HERE))
        from grader.catalog import public_files

        for folder in sorted(path.parent for path in (HERE / "reference").glob("*/assignment.py")):
            for path, content in public_files(folder).items():
                target = Path(self.build_lib) / "grader" / "assignments" / folder.name / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)


setup(cmdclass={"build_py": BuildWithAssignments})
