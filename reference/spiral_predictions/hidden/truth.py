"""The labels of the points that students predict; `hidden/make.py` drew them."""

from pathlib import Path

import numpy as np

LABELS = np.loadtxt(Path(__file__).with_name("labels.txt"), dtype=np.int64)
