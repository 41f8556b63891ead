"""Write the samples of `spiral_predictions`: `python tests/checkpoint_samples/predictions.py`."""

from __future__ import annotations

import csv

import numpy as np
from build import ROOT, write

REFERENCE = ROOT / "reference/spiral_predictions"
SHOWN = ROOT / "submissions/spiral_predictions"
OTHER = ROOT / "tests/submissions/spiral_predictions"
NAMES = ("red", "green", "blue")
IDS = [f"t{number:04d}" for number in range(400)]


def points(name: str) -> tuple[np.ndarray, list[str]]:
    """The points of a table, and its other column."""
    with (REFERENCE / "starter" / name).open() as stream:
        rows = list(csv.DictReader(stream))
    other = "colour" if "colour" in rows[0] else "id"
    return np.array([[float(row["x"]), float(row["y"])] for row in rows]), [row[other] for row in rows]


def probabilities() -> np.ndarray:
    """Of the fifteen nearest training points, how many are of each colour."""
    known, colours = points("train.csv")
    asked, _ = points("test.csv")
    far = np.linalg.norm(asked[:, None] - known[None], axis=2)
    near = np.argsort(far, axis=1)[:, :15]
    said = np.array([NAMES.index(colour) for colour in colours])[near]
    return np.stack([(said == k).mean(axis=1) for k in range(3)], axis=1)


def table(cells: list[str], head: str = "id,colour", mark: str = ",") -> str:
    """A row for each id."""
    rows = [head.replace(",", mark), *(f"{name}{mark}{cell}" for name, cell in zip(IDS, cells, strict=True))]
    return "\n".join(rows) + "\n"


def main() -> None:
    """All of them."""
    shares = probabilities()
    best = shares.argmax(axis=1)
    words, numbers = [NAMES[k] for k in best], [str(k) for k in best]
    rng = np.random.default_rng(3)
    good = {"ada": table(words), "bela": table(numbers)}
    good["chidi"] = table([",".join(f"{part:.3f}" for part in row) for row in shares], "id,red,green,blue")
    good["dora"] = "\ufeff" + "\r\n".join(rng.permutation(table(words, mark=";").split("\n")[1:-1])) + "\r\n"
    for name, text in good.items():
        write(SHOWN / name, {"predictions.csv": text})
    write(SHOWN / "emil", {"predictions.npy": lambda path: np.save(path, best)})
    shuffled = rng.permutation(400)
    pandas = "\n".join([",id,colour", *(f"{row},{IDS[k]},{NAMES[best[k]].upper()}" for row, k in enumerate(shuffled))])
    write(OTHER / "femi", {"out/my_predictions.csv": pandas})
    write(OTHER / "greta", {"predictions.csv": table([f"{float(k)}" for k in best], "Id,Category", "\t")})

    write(SHOWN / "hana", {"predictions.csv": table([str(k + 1) for k in best])})
    write(SHOWN / "ines", {"predictions.csv": table(["red"] * 400)})
    write(SHOWN / "juri", {"predictions.csv": "\n".join(table(words).split("\n")[:101])})
    bad = {
        "kato": table([NAMES[(k + 1) % 3] for k in best]),
        "lars": table([NAMES[k] for k in rng.integers(0, 3, 400)]),
    }
    bad["maja"] = table(words).replace("t0", "x0")
    bad["nils"] = table(words) + "".join(
        f"{name},{NAMES[(k + 1) % 3]}\n" for name, k in zip(IDS[:160], best, strict=False)
    )
    bad["olga"] = table(words) + "t0900,red\nt0901,blue\n"
    bad["piet"] = table([",".join(f"{part * 3:.3f}" for part in row) for row in shares], "id,red,green,blue")
    bad["quinn"] = table(["nan" if place % 2 else word for place, word in enumerate(words)])
    bad["rosa"] = "<!doctype html><html>Sign in to continue</html>\n"
    bad["sven"] = ""
    bad["tove"] = table(["purple" if place % 4 == 0 else word for place, word in enumerate(words)])
    linear = [NAMES[k] if rng.random() < 0.62 else NAMES[(k + 1) % 3] for k in best]
    bad["ugo"] = table(linear)
    bad["wim"] = table([f"{word},extra" if place == 7 else word for place, word in enumerate(words)])
    for name, text in bad.items():
        write(OTHER / name, {"predictions.csv": text})
    write(OTHER / "vera", {"predictions.npy": lambda path: np.save(path, best[:200])})
    write(OTHER / "xenia", {"report.md": "# What was tried\n"})
    objects = np.array([None] * 400)
    write(OTHER / "yann", {"predictions.npy": lambda path: np.save(path, objects, allow_pickle=True)})


if __name__ == "__main__":
    main()
