"""A notebook with the structure of the handout's: data, FFNet, ResNet, training; `# %%` parts its cells."""

from __future__ import annotations

import json
from pathlib import Path

CELLS = tuple(Path(__file__).with_name("spiral_notebook.txt").read_text("utf-8").rstrip("\n").split("\n# %%\n"))


def notebook(cells: tuple[str, ...] = CELLS) -> bytes:
    """As Colab writes it."""
    made = [{"cell_type": "markdown", "metadata": {}, "source": ["# Gradient vanishing and ResNet"]}]
    made += [
        {
            "cell_type": "code",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": text.splitlines(keepends=True),
        }
        for text in cells
    ]
    document = {"nbformat": 4, "nbformat_minor": 0, "metadata": {"accelerator": "GPU"}, "cells": made}
    return json.dumps(document, indent=1).encode()


NOTEBOOK = notebook()
