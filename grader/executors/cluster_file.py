"""`--cluster FILE`: what a site's machines need to be told, in TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from grader.executors.cluster_errors import ExecutorError


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Tls(_Part):
    """Files with which a Dask cluster of one's own is reached."""

    ca: Path
    cert: Path
    key: Path


class Ssh(_Part):
    """How workers are started by ssh. `host` is this machine's name or address as they see it."""

    python: str | None = None
    options: tuple[str, ...] = ()
    host: str | None = None


class ClusterFile(_Part):
    """All of it. `shared` is a folder that every machine sees under this path; without it all goes over the network.

    `slurm` goes to `dask_jobqueue.SLURMCluster` as it is. `patience` are the seconds without any worker, or without a
    scheduler, after which a batch ends.
    """

    shared: Path | None = None
    patience: float | None = Field(default=None, gt=0)
    slurm: dict[str, Any] = Field(default_factory=dict)
    ssh: Ssh = Ssh()
    tls: Tls | None = None


def read_cluster_file(path: Path | None) -> ClusterFile:
    """The file's content; nothing special without one. Raises ExecutorError with all that is wrong."""
    if path is None:
        return ClusterFile()
    try:
        found = ClusterFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ExecutorError(f"{path}: expected a TOML file, found: {error}\nhint: see docs/cluster.md") from error
    except ValidationError as error:
        lines = [f"{path}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise ExecutorError("\n".join([*lines, "hint: see docs/cluster.md for what may stand there"])) from error
    if found.shared is not None and not found.shared.is_dir():
        raise ExecutorError(
            f"{path}: shared: expected a folder that every machine sees, found none at {found.shared}\n"
            "hint: make it, for yourself alone (mkdir -m 700)"
        )
    return found
