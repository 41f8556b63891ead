"""Statistics of an experiment as csv files: one row per epoch."""

from __future__ import annotations

import csv
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def save_statistics(
    experiment_log_dir: str,
    filename: str,
    stats_dict: Mapping[str, list[Any]],
    current_epoch: int,
    continue_from_mode: bool = False,
    save_full_dict: bool = False,
) -> str:
    """Write one row of `stats_dict`, or all rows; returns the path of the file."""
    path = Path(experiment_log_dir) / filename
    rows = list(zip(*stats_dict.values(), strict=False))
    with path.open("a" if continue_from_mode else "w", newline="") as file:
        writer = csv.writer(file)
        if not continue_from_mode:
            writer.writerow(list(stats_dict))
        writer.writerows(rows if save_full_dict else rows[current_epoch : current_epoch + 1])
    return str(path)


def load_statistics(experiment_log_dir: str, filename: str) -> dict[str, list[str]]:
    """The columns of such a file, as texts."""
    with (Path(experiment_log_dir) / filename).open(newline="") as file:
        names, *rows = csv.reader(file)
    return {name: [row[index] for row in rows] for index, name in enumerate(names)}


def save_to_stats_pkl_file(experiment_log_filepath: str, filename: str, stats_dict: Any) -> None:
    """Keep a dictionary as a pickle."""
    (Path(experiment_log_filepath) / f"{filename}.pkl").write_bytes(pickle.dumps(stats_dict))


def load_from_stats_pkl_file(experiment_log_filepath: str, filename: str) -> Any:
    """Read what `save_to_stats_pkl_file` wrote."""
    return pickle.loads((Path(experiment_log_filepath) / f"{filename}.pkl").read_bytes())  # noqa: S301 - in the box
