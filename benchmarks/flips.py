"""Is the stated chance of another verdict true? `python -m benchmarks.flips [--networks N] [--resamples N]`.

Makes networks of which the truth is known, tests each on one test set, and lets the grader state the chance that
another test set would put it on the other side of a cut-off. Then each is tested on many other test sets of the same
size. Stated and seen are compared over all networks, and among those for which about the same was stated; it is
averaged over networks because a single one's truth is not known to the grader, which sees one test set. Beside it
stands what taking the found score for the truth would state.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from grader.checks.intervals import Score
from grader.sandbox.protocol import Array

BINS = (0.0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.51)


@dataclass(frozen=True)
class Told:
    """One network: what was stated, what a plain binomial states (NaN for means), and how often it came out so."""

    stated: float
    plain: float
    seen: float


def shares(count: int, cut_off: float, networks: int, resamples: int) -> Iterator[Told]:
    """Networks whose accuracies lie around a cut-off, on test sets of `count` items."""
    rng = np.random.default_rng(count)
    for accuracy in rng.uniform(max(0.0, cut_off - 0.25), min(1.0, cut_off + 0.25), networks):
        score = Score((rng.random(count) < accuracy).astype(float))
        again = rng.binomial(count, accuracy, resamples) / count
        reached = score.reaches(cut_off)
        below = float(binom.cdf(np.ceil(cut_off * count) - 1, count, score.value))
        seen = (again < cut_off) if reached else (again >= cut_off)
        yield Told(score.flips(cut_off), below if reached else 1 - below, float(seen.mean()))


def means(count: int, cut_off: float, networks: int, resamples: int) -> Iterator[Told]:
    """Networks whose losses, skewed as losses are, lie around a cut-off."""
    rng = np.random.default_rng(count + 1)
    for mean in rng.uniform(0.6 * cut_off, 1.4 * cut_off, networks):
        draw: Callable[[int], Array] = lambda size, mean=mean: rng.gamma(1.5, mean / 1.5, (size, count))  # noqa: E731
        score = Score(draw(1)[0], is_share=False, lower_is_better=True)
        again = draw(resamples).mean(axis=1)
        seen = (again > cut_off) if score.reaches(cut_off) else (again <= cut_off)
        yield Told(score.flips(cut_off), float("nan"), float(seen.mean()))


def report(name: str, told: list[Told]) -> float:
    """Print what was stated and seen; the largest difference of all of it together."""
    stated, plain, seen = (np.array([getattr(one, part) for one in told]) for part in ("stated", "plain", "seen"))
    off = abs(stated.mean() - seen.mean())
    print(
        f"{name}: stated {stated.mean():.2%}, seen {seen.mean():.2%}, off by {off:.2%}; "
        f"the found score taken for the truth: {plain.mean():.2%}"
    )
    for low, high in itertools.pairwise(BINS):
        inside = (stated >= low) & (stated < high)
        if inside.sum():
            print(
                f"  stated {low:.0%} to {high:.0%}: {inside.sum():6,} networks, stated {stated[inside].mean():.2%}, "
                f"seen {seen[inside].mean():.2%}"
            )
    return float(off)


def main() -> None:
    """Simulate and print; exit status 1 if anything is more than 1 % off."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--networks", type=int, default=20_000, help="networks of each kind; a tenth as many for losses"
    )
    options.add_argument("--resamples", type=int, default=1_000, help="other test sets for each")
    given = options.parse_args()
    worst = max(
        report(
            f"accuracy, {count} items, cut-off {cut_off:.0%}",
            [*shares(count, cut_off, given.networks, given.resamples)],
        )
        for count, cut_off in ((200, 0.5), (600, 0.7), (2_000, 0.9))
    )
    fewer = [*means(300, 1.0, given.networks // 10, given.resamples)]
    worst = max(worst, report("mean loss, 300 items, cut-off 1.0", fewer))
    print(f"largest difference: {worst:.2%} (goal 1 %)")
    raise SystemExit(worst > 0.01)


if __name__ == "__main__":
    main()
