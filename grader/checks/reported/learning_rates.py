"""Learning rates, as people write them: `1e-3`, `10⁻³`, `5 × 10^{-4}`, `0.001`."""

from __future__ import annotations

import re

SPEAKS_OF_RATE = re.compile(r"learning[\s-]*rates?|\blrs?\b|step[\s-]sizes?|η", re.IGNORECASE)
_RATE = re.compile(
    r"(?P<plain>\d+(?:\.\d+)?e[-−–]\s?0?\d+|0?\.0\d+|0\.\d+)"
    r"|(?:(?P<factor>\d(?:\.\d+)?)\s?[×x*·⋅]\s?)?10\s?\^?\s?\{?\(?[-−–]\s?(?P<power>\d)\)?\}?",
    re.IGNORECASE,
)
_RAISED = "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = str.maketrans(_RAISED, "-0123456789")
_NO_RATE = re.compile(
    r"(?:decay|momentum|eps(?:ilon)?|ε|drop-?out|betas?|gamma|threshold)[\s_\w]{0,10}[=:(]?\s*$", re.IGNORECASE
)


def learning_rates(text: str) -> list[float]:
    """The learning rates in a text that speaks of learning rates, in order."""
    if not SPEAKS_OF_RATE.search(text):
        return []
    text = re.sub(f"[{_RAISED}]+", lambda found: "^" + found[0].translate(_LOWERED), text)
    found = [(match.start(), rate) for match in _RATE.finditer(text) if (rate := _rate(match)) is not None]
    return list(dict.fromkeys(rate for _, rate in found))


def _rate(match: re.Match[str]) -> float | None:
    after = match.string[match.end() : match.end() + 2].lstrip()
    if after.startswith("%") or _NO_RATE.search(match.string[: match.start()]):
        return None
    if plain := match["plain"]:
        value = float(re.sub(r"[−–]\s?", "-", plain).replace("- ", "-"))
    else:
        value = float(match["factor"] or 1) * 10.0 ** -int(match["power"])
    value = float(f"{value:.6g}")
    return value if 1e-7 <= value <= 0.1 else None


def rate_words(rate: float) -> str:
    """`0.001`, `1e-05`."""
    return f"{rate:g}"
