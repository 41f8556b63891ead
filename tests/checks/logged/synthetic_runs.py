"""Runs, code and reports that are made up: honest ones in many styles, and others with one thing that is wrong.

Logs go through the readers of the sandbox as they do there, from bytes on.
"""

from __future__ import annotations

import csv
import io
import json
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from grader.checks.blocks.run_truth import inconsistencies
from grader.checks.logged.claim import KnownOfRun
from grader.checks.logged.claims import claims
from grader.checks.logged.doubts import RightLog
from grader.checks.logged.grouped_runs import runs_of
from grader.checks.logged.hyperparameters import of_files
from grader.checks.logged.read_logs import LogFile, log_file
from grader.checks.logged.said import statements
from grader.checks.logged.training_run import TrainingRun
from grader.inside.readers import logs
from grader.sandbox.protocol import Frame

CAP, EXPECTED = 200.0, RightLog(bounds={"return": (0, 200)}, start={"return": (8, 60)}, counted=True)


@dataclass
class Episodes:
    """One run, episode by episode."""

    seed: int
    returns: np.ndarray
    lengths: np.ndarray = field(default_factory=lambda: np.zeros(0))
    times: np.ndarray = field(default_factory=lambda: np.zeros(0))

    def __post_init__(self) -> None:
        if not len(self.lengths):
            self.lengths = self.returns.copy()
        if not len(self.times):
            self.times = np.cumsum(self.lengths) * 0.0011 + 0.02

    @property
    def steps(self) -> np.ndarray:
        return np.cumsum(self.lengths)


def episodes(seed: int, count: int = 240, end: float = 170.0, rng: int = 0) -> Episodes:
    """A run that learns: returns are whole numbers from about 20 to about `end`."""
    draw = np.random.default_rng([seed, rng, 5])
    way = 1 / (1 + np.exp(-(np.arange(count) - count * (0.35 + 0.1 * draw.random())) / (count * 0.09)))
    mean = 20 + (end - 20) * way
    returns = np.clip(np.round(mean * np.exp(0.25 * draw.standard_normal(count))), 8, CAP)
    return Episodes(seed, returns)


def losses(seed: int, epochs: int = 30, rng: int = 0) -> dict[str, list[float]]:
    """Losses and accuracies of a classifier."""
    draw = np.random.default_rng([seed, rng, 9])
    way = np.exp(-np.arange(epochs) / 6)
    noise = 1 + 0.02 * draw.standard_normal((4, epochs))
    train, val = (0.2 + 2.1 * way) * noise[0], (0.45 + 1.85 * way) * noise[1]
    accuracy = np.clip((0.86 - 0.76 * way) * noise[2], 0, 1)
    return {"loss": list(train), "val_loss": list(val), "val_acc": list(accuracy)}


# formats


def table(runs: Episodes, columns: Sequence[str] = ("episode", "step", "return", "length", "time")) -> bytes:
    cells = {
        "episode": np.arange(1, len(runs.returns) + 1),
        "step": runs.steps.astype(int),
        "return": runs.returns,
        "length": runs.lengths.astype(int),
        "time": np.round(runs.times, 3),
    }
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(zip(*(cells[name] for name in columns), strict=True))
    return out.getvalue().encode()


def json_lines(run: Episodes, facts: dict[str, Any] | None = None) -> bytes:
    rows = [{"config": facts}] if facts else []
    places = zip(run.steps, run.returns, run.lengths, strict=True)
    rows += [{"global_step": int(s), "episodic_return": float(r), "episodic_length": int(n)} for s, r, n in places]
    return "\n".join(map(json.dumps, rows)).encode()


def monitor(run: Episodes) -> bytes:
    lines = ['#{"t_start": 1.7e9, "env_id": "TinyPole"}', "r,l,t"]
    lines += [f"{r:.6f},{int(n)},{t:.6f}" for r, n, t in zip(run.returns, run.lengths, run.times, strict=True)]
    return "\n".join(lines).encode()


def printed(run: Episodes) -> bytes:
    places = enumerate(zip(run.returns, run.steps, strict=True), 1)
    return "\n".join(f"Episode {n:4d} | steps: {int(s)} | return: {r:.1f}" for n, (r, s) in places).encode()


def smooth(run: Episodes, every: int = 1) -> bytes:
    """Moving means of twenty, every so many episodes."""
    means = [run.returns[max(0, n - 19) : n + 1].mean() for n in range(len(run.returns))]
    rows = [f"{int(run.steps[n])},{means[n]:.2f}" for n in range(0, len(means), every)]
    return "\n".join(["timesteps,ep_rew_mean", *rows]).encode()


def pickled(run: Episodes) -> bytes:
    return pickle.dumps({"returns": run.returns.tolist(), "steps": run.steps, "seed": run.seed})


# what is handed in


@dataclass(frozen=True)
class Work:
    """Files of one submission: logs, code, report."""

    logs: dict[str, bytes]
    code: str = ""
    report: str = ""
    levels: tuple[float, ...] = ()
    expected: RightLog = EXPECTED
    more: dict[str, str] = field(default_factory=dict)

    def runs(self) -> tuple[TrainingRun, ...]:
        files = [_read(path, content) for path, content in self.logs.items()]
        found = runs_of(files, {})
        return tuple(
            run for run in found if any(part in what for what in run.curves for part in ("return", "loss", "acc"))
        )

    def problems(self) -> list[str]:
        """All that is found to be wrong."""
        runs, code = self.runs(), {"train.py": self.code, **self.more}
        known = KnownOfRun(runs=runs, settings=of_files(code), levels=self.levels)
        said = [one.wrong for one in claims(statements(self.report), known) if one.wrong]
        return [*inconsistencies(runs, code, self.expected), *said]


def _read(path: str, content: bytes) -> LogFile:
    header, arrays = logs.of_content(content, path.rpartition("/")[2]).answer()
    return log_file(path, Frame(json.loads(json.dumps(header)), arrays))


CODE = """
import argparse
def train(seed, lr=0.01, gamma=0.99, episodes={episodes}):
    for episode in range(episodes):
        pass
parser = argparse.ArgumentParser()
parser.add_argument("--batch-size", type=int, default=64)
"""


def three(make: Callable[[Episodes], bytes] = table, name: str = "logs/seed_{}.csv", **how: Any) -> dict[str, bytes]:
    return {name.format(seed): make(episodes(seed, **how)) for seed in (0, 1, 2)}


def tail(seed: int, count: int = 100, **how: Any) -> float:
    return float(episodes(seed, **how).returns[-count:].mean())


def mean_tail(count: int = 100, **how: Any) -> float:
    return float(np.mean([tail(seed, count, **how) for seed in (0, 1, 2)]))


def std_tail(count: int = 100, free: int = 0, **how: Any) -> float:
    return float(np.std([tail(seed, count, **how) for seed in (0, 1, 2)], ddof=free))


def code(count: int = 240) -> str:
    return CODE.format(episodes=count)


def honest() -> dict[str, Work]:
    """Forty submissions in which nothing is wrong."""
    one = episodes(0)
    first = Episodes(0, one.returns[:150], times=one.times[:150])
    resumed = table(one).splitlines()
    resumed_log = b"\n".join([*resumed[:151], resumed[0], *resumed[101:]])
    history = losses(0)
    val = history["val_loss"]
    mean_steps = float(np.mean([episodes(seed).steps[-1] for seed in (0, 1, 2)]))
    eval_rows = [
        f"{step},{one.returns[max(0, place - 5) : place + 5].mean():.1f}"
        for place, step in list(enumerate(one.steps))[20::20]
    ]
    return {
        "csv": Work(three(), code(), f"The mean return over the last 100 episodes is {mean_tail():.1f}."),
        "rounded": Work(three(), code(), f"After training the return is {mean_tail():.0f} on average (3 seeds)."),
        "spread": Work(three(), code(), f"Final return: {mean_tail():.1f} ± {std_tail():.1f} over three seeds."),
        "sample spread": Work(
            three(), code(), f"Final return {mean_tail(50):.1f} ± {std_tail(50, 1):.1f} (3 seeds, last 50)."
        ),
        "about": Work(
            three(),
            code(),
            f"It converges to about {round(mean_tail(), -1):.0f}, a return far above a random policy's 22.",
        ),
        "table": Work(
            three(),
            code(),
            "| seed | final return |\n|---|---|\n" + "\n".join(f"| {s} | {tail(s):.1f} |" for s in (0, 1, 2)),
        ),
        "bold label": Work(
            three(), code(), f"- **Final return:** {mean_tail(20):.2f}\n- **Seeds:** 3\n- **Learning rate:** 0.01"
        ),
        "best": Work({"log.csv": table(one)}, code(), f"The best episode has a return of {one.returns.max():.0f}."),
        "start and end": Work(
            {"log.csv": table(one)},
            code(),
            f"The return rises from {one.returns[:10].mean():.1f} to {one.returns[-10:].mean():.1f}.",
        ),
        "one seed": Work(
            {"log.csv": table(one)}, code(), f"With one seed the final score is {one.returns[-30:].mean():.1f}."
        ),
        "json lines": Work(three(json_lines, "runs/seed{}/log.jsonl"), code(), "We used seeds 0, 1 and 2."),
        "settings": Work(
            {f"s{s}.jsonl": json_lines(episodes(s), {"lr": 0.01, "gamma": 0.99, "seed": s}) for s in (0, 1, 2)},
            code(),
            "We use a learning rate of 1e-2 and a discount factor of 0.99.",
        ),
        "monitor": Work(three(monitor, "seed{}/monitor.csv"), code(), "Three seeds were run."),
        "printed": Work(three(printed, "seed_{}.log"), code(), f"Mean return at the end: {mean_tail(10):.1f}"),
        "pickle": Work(three(pickled, "history_{}.pkl"), code(), "Training took 240 episodes per seed."),
        "smoothed": Work(
            three(smooth, "progress_seed{}.csv"), code(), f"The smoothed return ends at {mean_tail(20):.0f}."
        ),
        "every ten": Work(
            {f"seed{s}.csv": smooth(episodes(s), 10) for s in (0, 1, 2)},
            code(),
            "Every 10 episodes the return is logged.",
        ),
        "resumed": Work(
            {"log.csv": resumed_log},
            code(),
            f"The final return is {one.returns[-50:].mean():.1f}; the run was resumed once.",
        ),
        "two parts": Work({"part/seed_0/a.csv": table(first)}, code(150), "The first part of the run."),
        "evaluation": Work(
            {"eval.csv": ("step,eval_return\n" + "\n".join(eval_rows)).encode()},
            code(),
            "We evaluate every 20 episodes.",
        ),
        "time of day": Work(
            {"log.csv": table(one).replace(b"time", b"wall_time")}, code(), f"It took {one.times[-1]:.0f} seconds."
        ),
        "threshold": Work(
            {"log.csv": table(one)}, code(), "A return of 195 counts as solved; our agent does not get there.", (195.0,)
        ),
        "passage": Work(
            {"log.csv": table(one)},
            code(),
            f"The agent passes a mean return of 100 at episode {_passes(one, 100)}.",
        ),
        "above": Work(
            {"log.csv": table(one)}, code(), f"In the end the return stays above {one.returns[-10:].min() - 5:.0f}."
        ),
        "steps": Work(
            three(),
            code(),
            f"Each run was trained for about {_thousands(mean_steps):,.0f} steps.",
        ),
        "early stop": Work(
            {
                "log.csv": table(
                    replace(one, returns=one.returns[:180], lengths=one.lengths[:180], times=one.times[:180])
                )
            },
            code() + "        if solved: break\n",
            "Training stops when the task is solved.",
        ),
        "command line": Work(
            {"s0.jsonl": json_lines(one, {"lr": 0.003, "seed": 0})},
            code(),
            "Run it with `python train.py --lr 0.003`.",
            more={"run.sh": "python train.py --lr 0.003\n"},
        ),
        "long table": Work({"all.csv": _long(("seed", "metric", "value"))}, code(), "Three seeds."),
        "one file": Work({"all.csv": _together()}, code(), f"Over three seeds the final return is {mean_tail():.1f}."),
        "json by seed": Work(
            {
                "results.json": json.dumps(
                    {f"seed_{s}": {"returns": episodes(s).returns.tolist()} for s in (0, 1, 2)}
                ).encode()
            },
            code(),
            "Three independent runs.",
        ),
        "two formats": Work(
            {"seed_0/log.csv": table(one), "seed_0/log.jsonl": json_lines(one)}, code(), "One seed, two formats."
        ),
        "history": Work(
            {"history.json": json.dumps(history).encode()},
            "epochs = 30\nlr = 1e-3\n",
            f"The final validation loss is {history['val_loss'][-1]:.3f}, the accuracy {history['val_acc'][-1]:.1%}.",
            expected=RightLog(),
        ),
        "best epoch": Work(
            {"history.json": json.dumps(history).encode()},
            "epochs = 30\n",
            f"The best validation loss is {min(val):.3f} at epoch {val.index(min(val)) + 1}.",
            expected=RightLog(),
        ),
        "percent": Work(
            {"history.json": json.dumps(history).encode()},
            "epochs = 30\n",
            f"We reach an accuracy of {100 * max(history['val_acc']):.1f} %.",
            expected=RightLog(),
        ),
        "text of a paper": Work(
            {"log.csv": table(one)},
            code(),
            "Mnih et al. report a score of 401 on Breakout. Figure 3 shows the return of seed 0. "
            "We average the return over 10 episodes.",
        ),
        "no numbers": Work(three(), code(), "The agent learns to balance the pole. The return improves in all runs."),
        "rewards": Work(
            three(), code(), "A reward of 1 is given at each step until the end, so the return is at most 200."
        ),
        "hidden layer": Work(
            three(),
            code(),
            "The policy has 2 hidden layers of 64 units and reaches a mean return of "
            f"{mean_tail(30):.1f} in the last 30 episodes.",
        ),
        "tried": Work(three(), code(), "We also tried learning rates of 0.1 and 0.001, and found both worse."),
        "full cap": Work(
            {"log.csv": table(Episodes(0, np.concatenate([one.returns, np.full(40, 200.0)])))},
            code(280),
            "At the end every episode has the full return of 200.",
        ),
    }


def _passes(run: Episodes, level: float) -> int:
    """The episode at which the mean of twenty first passes a level."""
    return int(np.flatnonzero(np.convolve(run.returns, np.ones(20) / 20, "valid") >= level)[0]) + 20


def _thousands(number: float) -> float:
    return round(number, -3)


def _long(heads: tuple[str, str, str]) -> bytes:
    rows = [f"{','.join((heads[0], 'episode', heads[1], heads[2]))}"]
    for seed in (0, 1, 2):
        rows += [f"{seed},{n},return,{value:g}" for n, value in enumerate(episodes(seed).returns, 1)]
    return "\n".join(rows).encode()


def _together() -> bytes:
    rows = ["seed,episode,steps,return"]
    for seed in (0, 1, 2):
        run = episodes(seed)
        rows += [f"{seed},{n + 1},{run.steps[n]:.0f},{run.returns[n]:g}" for n in range(len(run.returns))]
    return "\n".join(rows).encode()


def planted() -> dict[str, Work]:
    """Forty submissions with one thing in each that cannot be."""
    one = episodes(0)
    history = losses(0)
    noise = np.random.default_rng(3)

    def with_returns(change: Callable[[np.ndarray], np.ndarray], **how: Any) -> Work:
        changed = change(one.returns.copy())
        return Work({"log.csv": table(Episodes(0, changed, **how))}, code(len(changed)), "")

    def copied(change: Callable[[np.ndarray], np.ndarray]) -> Work:
        second = change(one.returns.copy())
        return Work({"seed_0.csv": table(one), "seed_1.csv": table(Episodes(1, second))}, code(len(second)), "")

    def put(values: np.ndarray, place: int, new: Any) -> np.ndarray:
        values[place : place + np.size(new)] = new
        return values

    def said(report: str, logs: dict[str, bytes] | None = None, **how: Any) -> Work:
        return Work(logs or three(), code(), report, **how)

    def classified(report: str, **change: Any) -> Work:
        return Work(
            {"history.json": json.dumps({**history, **change}).encode()},
            "epochs = 30\nlr = 1e-3\n",
            report,
            expected=RightLog(),
        )

    back = table(one).decode().splitlines()
    slow = one.times.copy()
    slow[120:] -= slow[119] * 0.5
    return {
        "final return": said("The final return is 196.4."),
        "final return, label": said("Final return: 112"),
        "final return, table": said(f"| seed | final return |\n|---|---|\n| 0 | {tail(0):.1f} |\n| 1 | 199.2 |"),
        "final return of a seed": said("Seed 1 reaches a return of 120.4 in the end."),
        "spread": said(f"Final return: {mean_tail():.1f} ± 0.02 over three seeds."),
        "best": said("The best return of any episode is 214."),
        "about": said("It converges to about 120, the mean return of the last episodes."),
        "above": said("At the end the return stays above 205 on average."),
        "five seeds": said("All results are averages over five seeds."),
        "seeds named": said("We used the seeds 0, 1, 2, 3 and 4."),
        "steps": said("Each agent was trained for 500,000 steps."),
        "episodes": said("We trained for 2,000 episodes."),
        "learning rate": said("We use a learning rate of 0.0003."),
        "discount": said("The discount factor is 0.9."),
        "batch size": said("A batch size of 256 was used."),
        "passage": said("The agent reaches 150 after 20 episodes, a return that it keeps.", {"log.csv": table(one)}),
        "never passed": said("It passes a mean return of 199 after 120 episodes.", {"log.csv": table(one)}),
        "start": said("The return rises from 95.0 to 150 or so in the end.", {"log.csv": table(one)}),
        "loss": classified("The final validation loss is 0.213."),
        "accuracy": classified("We reach an accuracy of 97.1 %."),
        "best epoch": classified("The best validation loss is reached at epoch 4."),
        "copy": copied(lambda values: values),
        "shifted copy": copied(lambda values: np.clip(values * 0.9 + 3, 8, 200)),
        "late copy": copied(lambda values: np.concatenate([episodes(7).returns[:40], values[40:]])),
        "noisy copy": copied(lambda values: np.clip(np.round(values + noise.normal(0, 1.5, len(values))), 8, 200)),
        "shorter": Work({"log.csv": table(one)}, code(1000), ""),
        "longer": Work({"log.csv": table(one)}, code(100), ""),
        "settings": Work({"s0.jsonl": json_lines(one, {"lr": 0.1, "seed": 0})}, code(), ""),
        "discount in the log": Work({"s0.jsonl": json_lines(one, {"gamma": 0.9, "seed": 0})}, code(), ""),
        "trained from the start": with_returns(lambda values: values[120:]),
        "over the cap": with_returns(lambda values: put(values, 200, 240.0)),
        "negative": with_returns(lambda values: put(values, 30, -5.0), lengths=one.lengths),
        "not its length": with_returns(
            lambda values: put(values, 100, values[100:140] + 20).clip(8, 200), lengths=one.lengths
        ),
        "time goes back": with_returns(lambda values: values, times=slow),
        "shuffled": Work(
            {"log.csv": "\n".join([back[0], *np.random.default_rng(1).permutation(back[1:])]).encode()}, code(), ""
        ),
        "straight": with_returns(lambda values: put(values, 60, 40 + 2.0 * np.arange(60)).clip(8, 200)),
        "repeated part": with_returns(lambda values: np.concatenate([values[:200], values[120:200]])),
        "loss that is a line": classified("", loss=list(np.linspace(2.3, 0.2, 30))),
        "accuracy above one": classified("", val_acc=[*history["val_acc"][:-1], 1.07]),
        "too many steps": Work({"log.csv": _stretched(one)}, code(), ""),
    }


def _stretched(run: Episodes) -> bytes:
    """Episodes that are longer together than the steps that are counted."""
    rows = ["episode,step,return,length"]
    rows += [f"{n + 1},{run.steps[n] * 0.6:.0f},{run.returns[n]:g},{run.lengths[n]:g}" for n in range(len(run.returns))]
    return "\n".join(rows).encode()
