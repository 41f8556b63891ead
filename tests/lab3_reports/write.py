"""Writes the sample submissions: `PYTHONPATH=.:tests python tests/lab3_reports/write.py`."""

from __future__ import annotations

from sample_classes import sample_folder
from samples import samples


def main() -> None:
    """Write every sample's files; what is there already and the same is left alone."""
    for student, files in samples().items():
        for name, content in files.items():
            path = sample_folder("eie4122_lab3", student) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)


if __name__ == "__main__":
    main()
