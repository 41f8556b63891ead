"""How often something happens, from how often it was seen: a share with 95 % bounds."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import betaincinv

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Share:
    """So many of so many, with bounds for what they are a sample of (Clopper and Pearson, Biometrika 26, 1934)."""

    count: int
    of: int

    @property
    def bounds(self) -> tuple[float, float]:
        """Between which the true share lies with at least 95 % confidence; nothing is known of none."""
        if self.of == 0:
            return 0.0, 1.0
        tail = (1 - CONFIDENCE) / 2
        low = float(betaincinv(self.count, self.of - self.count + 1, tail)) if self.count else 0.0
        high = float(betaincinv(self.count + 1, self.of - self.count, 1 - tail)) if self.count < self.of else 1.0
        return low, high

    def __str__(self) -> str:
        low, high = self.bounds
        return f"{self.count} of {self.of} ({low:.1%} to {high:.1%})" if self.of else "none tried"

    def as_json(self) -> dict[str, float]:
        """The counts and the bounds of the share, for a JSON file."""
        low, high = self.bounds
        return {"count": self.count, "of": self.of, "low": round(low, 6), "high": round(high, 6)}
