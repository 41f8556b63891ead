"""Small pictures of five digits, and reports about the weather: what a generator learns from."""

import numpy as np

DIGITS = (0, 1, 2, 4, 7)
SIZE = 8
STROKES = (
    ((-1, -1.4, 1, -1.4), (1, -1.4, 1, 1.4), (1, 1.4, -1, 1.4), (-1, 1.4, -1, -1.4)),
    ((-0.6, -0.8, 0, -1.4), (0, -1.4, 0, 1.4)),
    ((-1, -1.4, 1, -1.4), (1, -1.4, 1, 0), (1, 0, -1, 1.4), (-1, 1.4, 1, 1.4)),
    ((-0.8, -1.4, -1, 0.3), (-1, 0.3, 1, 0.3), (0.6, -0.6, 0.6, 1.4)),
    ((-1, -1.4, 1, -1.4), (1, -1.4, -0.3, 1.4)),
)
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEATHER = ["rain", "light rain", "snow", "fog", "sunshine", "a cold wind", "thick cloud", "hail", "thunder", "drizzle"]
WHERE = [
    "the north",
    "the coast",
    "the old town",
    "the hills",
    "the harbour",
    "the valley",
    "the islands",
    "the south",
]
CHANGES = ["clearing", "growing stronger", "turning to the east", "easing off", "staying until night"]


def made(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """`count` pictures (N x 1 x 8 x 8, float32, 0 to 1) and their classes (N, int64: places in DIGITS)."""
    rng = np.random.default_rng([seed, 8])
    labels = rng.permutation(np.arange(count) % len(DIGITS))
    return np.stack([_drawn(STROKES[label], rng) for label in labels])[:, None].astype(np.float32), labels


def _drawn(strokes: tuple[tuple[float, ...], ...], rng: np.random.Generator) -> np.ndarray:
    """One digit: wider or narrower, leaning, turned, moved, with a thick or a thin pen."""
    wide, high, lean, angle = rng.uniform((1.3, 1.5, -0.3, -0.2), (2.2, 2.2, 0.3, 0.2))
    turned = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = turned @ np.array([[wide, -lean], [0, high]])
    move, pen = rng.uniform(-0.6, 0.6, 2) + (SIZE - 1) / 2, rng.uniform(0.5, 0.9)
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    grid, near = np.stack([x, y], -1), np.full((SIZE, SIZE), np.inf)
    for stroke in strokes:
        start, end = (turned @ np.array(part) + move for part in (stroke[:2], stroke[2:]))
        along = np.clip((grid - start) @ (end - start) / ((end - start) @ (end - start)), 0, 1)
        near = np.minimum(near, np.hypot(*np.moveaxis(grid - start - along[..., None] * (end - start), -1, 0)))
    return np.exp(-((near / pen) ** 2))


def reports(count: int, seed: int) -> list[str]:
    """So many texts of three sentences each."""
    rng = np.random.default_rng([seed, 9])
    return [" ".join(_sentence(rng) for _ in range(3)) for _ in range(count)]


def _sentence(rng: np.random.Generator) -> str:
    day, weather, place, change = (rng.choice(words) for words in (DAYS, WEATHER, WHERE, CHANGES))
    degrees = rng.choice(["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "twelve"])
    forms = (
        f"on {day} there is {weather} in {place}, {change}.",
        f"{place} has {weather} until {day}, {change} at {degrees} degrees.",
        f"{degrees} degrees and {weather} on {day}, {change} over {place}.",
    )
    return str(rng.choice(forms))
