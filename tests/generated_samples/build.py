"""Draw and write the samples of `small_generator`: `python tests/generated_samples/build.py`."""

from __future__ import annotations

import io
import json
import shutil
import sys
from pathlib import Path

import generators
import numpy as np
import torch
from PIL import Image

from grader.catalog import load_assignment

ROOT = Path(__file__).parents[2]
load_assignment("small_generator", ROOT / "reference")
SCORING = sys.modules["reference_small_generator.scoring"]
SHOWN = ROOT / "submissions/small_generator"
OTHER = ROOT / "tests/submissions/small_generator"
TRAIN = SCORING.training()
RNG = np.random.default_rng(6)


def write(folder: Path, **files: bytes | str) -> None:
    """A student's folder; `__` in a name stands for the dot before its ending."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, content in files.items():
        path = folder / name.replace("__", ".")
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def npz(array: np.ndarray, name: str = "samples") -> bytes:
    """As `np.savez_compressed` writes it."""
    out = io.BytesIO()
    np.savez_compressed(out, **{name: array})
    return out.getvalue()


def npy(array: np.ndarray) -> bytes:
    """As `np.save` writes it."""
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def parted(texts: list[str], between: str = "\n\n") -> str:
    """One file of them."""
    return between.join(texts) + "\n"


def greys(array: np.ndarray) -> np.ndarray:
    """0 to 255."""
    return np.asarray((array * 255).round().astype(np.uint8))


def right(pictures: dict[str, np.ndarray], texts: dict[str, list[str]]) -> None:
    """Right work in several styles."""
    vae, flat = pictures["vae"].reshape(-1, 1, 8, 8), {name: one.reshape(-1, 8, 8) for name, one in pictures.items()}
    write(SHOWN / "ada", samples__npz=npz(vae.astype(np.float32)), reports__txt=parted(texts["recurrent"]))
    write(SHOWN / "bela", samples__npy=npy(greys(flat["gan"])), reports__txt=parted(texts["words"], "\n---\n"))
    lines = "\n".join(json.dumps({"text": one}) for one in texts["letters"])
    write(SHOWN / "chidi", samples__npz=npz(flat["diffusion"].astype(np.float16), "images"), reports__jsonl=lines)
    write(
        SHOWN / "dora",
        samples__npz=npz(flat["pixels"][..., None]),
        reports__jsonl="\n".join(map(json.dumps, texts["words"])),
    )
    crlf = parted(texts["letters"]).replace("\n", "\r\n")
    write(OTHER / "emil", samples__npz=npz(flat["codes"].astype(np.float64)), reports__txt=crlf)
    write(OTHER / "femi", reports__txt=parted(texts["recurrent"]))
    (OTHER / "femi/samples").mkdir()
    for number, one in enumerate(greys(flat["mixture"])):
        Image.fromarray(one).save(OTHER / f"femi/samples/{number:02}.png")


def wrong_pictures(good: np.ndarray) -> dict[str, np.ndarray]:
    """Wrong ones of many kinds, by student."""
    noise, copies = RNG.standard_normal(good.shape), TRAIN[:64]
    ones = good[SCORING.classifier(good).argmax(1) == 1]
    return {
        "lars": copies,
        "maja": np.clip(copies + 0.03 * noise, 0, 1),
        "nils": np.clip(TRAIN[:1] + 0.001 * noise, 0, 1),
        "olga": 2 * good - 1,
        "piet": RNG.random(good.shape),
        "quinn": copies[..., ::-1],
        "rosa": np.concatenate([good[:50], np.roll(copies[:14], 1, -1)]),
        "sven": np.clip(np.repeat(ones[:4], 16, 0) + 0.02 * noise, 0, 1),
        "tove": good * 255,
        "ugo": good[:20],
        "vera": np.repeat(np.repeat(good, 2, -1), 2, -2),
        "wim": np.where(RNG.random(good.shape) < 0.01, np.nan, good),
        "xenia": TRAIN.mean(0) + 0.1 * (good - good.mean(0)),
        "yann": np.concatenate([good[:56], np.zeros((8, 1, 8, 8))]),
        "zoe": good.swapaxes(-1, -2),
        "anouk": 1 - good,
        "bruno": (good + np.roll(good, 1, 0) + np.roll(good, 2, 0)) / 3,
        "carla": np.clip(copies + 0.08 * noise, 0, 1),
        "mona": 2 * copies - 1,
    }


def wrong_texts(good: list[str]) -> dict[str, list[str]]:
    """Wrong ones of many kinds, by student."""
    corpus = SCORING.corpus().split("\n\n")
    return {
        "fritz": corpus[40:54],
        "gerda": good[:1] * 14,
        "hugo": [one[0].upper() + one[1:] for one in good],
        "ilse": ["".join(RNG.choice(list(SCORING.LETTERS), 160)) for _ in range(12)],
        "jonas": ["on monday there is rain in the hills, clearing. " * 4] * 6 + good[:6],
        "kaja": [one[:60] for one in good],
        "lia": [*good[:11], corpus[0]],
        "oskar": [f"{one[:50]} " * 3 for one in good],
    }


def wrong(good: np.ndarray, texts: list[str]) -> None:
    """Write them, each beside right work of the other kind."""
    reports, pictures = parted(texts), npz(good.astype(np.float32))
    for name, array in wrong_pictures(good).items():
        folder = SHOWN if "lars" <= name <= "quinn" and name != "mona" else OTHER
        write(folder / name, samples__npz=npz(array.astype(np.float32)), reports__txt=reports)
    for name, found in wrong_texts(texts).items():
        write(OTHER / name, samples__npz=pictures, reports__txt=parted(found))
    write(OTHER / "dario", reports__txt=reports)
    write(OTHER / "edda", samples__npy=npy(np.array([{"samples": good}], dtype=object)), reports__txt=reports)


if __name__ == "__main__":
    torch.set_num_threads(1)
    FLAT = torch.from_numpy(TRAIN.reshape(-1, 64))
    PICTURES = {
        "vae": generators.autoencoder(FLAT, 64, variational=True),
        "codes": generators.autoencoder(FLAT, 80, variational=False),
        "mixture": generators.mixture(FLAT, 64),
        "diffusion": generators.diffusion(FLAT, 100),
        "gan": generators.adversarial(FLAT, 64),
        "pixels": generators.pixel_by_pixel(FLAT, 72),
    }
    CORPUS = SCORING.corpus()
    TEXTS = {
        "recurrent": generators.recurrent(CORPUS, 14),
        "words": generators.words(CORPUS, 14),
        "letters": generators.letters(CORPUS, 12),
    }
    right(PICTURES, TEXTS)
    wrong(PICTURES["vae"].reshape(-1, 1, 8, 8), TEXTS["words"])
