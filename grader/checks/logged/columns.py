"""What names in logs mean: `charts/episodic_return`, `ep_rew_mean` and `r` are returns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from grader.checks.logged.training_run import EPISODES, EPOCHS, STEPS, UPDATES


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PHASES = {
    "evaluation": _words("eval evaluation evaluate test testing greedy"),
    "validation": _words("val valid validation dev held heldout"),
}
_NEUTRAL = _words(
    "train training mean avg average raw smoothed running episode episodic ep epoch charts rollout time metrics log "
    "losses total sum per batch moving the current curr history results"
)
_NOUNS = {
    "return": _words("return returns reward rewards rew ret score scores r g"),
    "length": _words("length lengths len l duration durations"),
    "loss": _words("loss losses cost nll objective"),
    "accuracy": _words("accuracy accuracies acc accs"),
}
_POSITIONS = {
    STEPS: _words(
        "step steps timestep timesteps global_step global_steps total_steps total_timesteps env_step env_steps "
        "num_timesteps n_steps frame frames total_frames interactions totalenvinteracts total_env_interacts "
        "environment_steps training_step train_step steps_done total_env_steps num_env_steps"
    ),
    UPDATES: _words("iteration iterations iter update updates n_updates optimizer_step gradient_steps it"),
    EPOCHS: _words("epoch epochs"),
    EPISODES: _words("episode episodes ep eps n_episodes episode_id num_episodes game games"),
}
_TIMES = _words(
    "time wall_time walltime wall elapsed time_elapsed elapsed_time timestamp seconds secs sec runtime t relative_time "
    "date datetime clock wall_clock wall_clock_time elapsed_s time_s wall_s"
)
GROUPS = ("seed", "run", "run_id", "trial", "rep", "replicate", "random_seed", "rng_seed", "run_name")
METRICS, VALUES = ("metric", "tag", "name", "key", "variable", "measure"), ("value", "val", "scalar", "y")
PHASE_COLUMNS = ("phase", "split", "mode", "set", "stage", "subset")


def normal(name: str) -> str:
    """In lower case, words parted by `_`, levels by `/`."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9/_]+", "_", spaced.lower()).strip("_") or name.strip().lower()


def position_unit(name: str) -> str | None:
    """The unit, where a column counts how far a run is."""
    plain = normal(name)
    last = plain.rpartition("/")[2]
    for unit, names in _POSITIONS.items():
        if plain in names or last in names or last.lstrip("_") in names:
            return unit
    return None


def is_time(name: str) -> bool:
    """Whether a column holds seconds or moments."""
    plain = normal(name)
    return plain in _TIMES or plain.rpartition("/")[2] in _TIMES


def phase_of(text: str) -> str:
    """`evaluation` or `validation`, where a name says so; else nothing."""
    words = set(re.split(r"[/_\W]+", normal(text)))
    return next((phase for phase, names in _PHASES.items() if words & names), "")


def meaning(name: str, named: Mapping[str, Sequence[str]]) -> str | None:
    """What a column holds: `named` (patterns by meaning) first, then the usual names; None for others."""
    for what, patterns in named.items():
        if any(re.search(pattern, name, re.IGNORECASE) for pattern in patterns):
            return what
    words = [word for word in re.split(r"[/_]+", normal(name)) if word and not word.isdigit()]
    phases = frozenset().union(*_PHASES.values())
    core = [word for word in words if word not in _NEUTRAL and word not in phases] or words[-1:]
    if len(core) != 1 or {"std", "min", "max"} & set(words):
        return None
    noun = next((what for what, names in _NOUNS.items() if core[0] in names), None)
    phase = phase_of(name)
    return None if noun is None else f"{phase} {noun}".strip()
