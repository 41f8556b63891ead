"""What is asked of a submission in the sandbox, and how students name things."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grader import Argument, Ask, Case, MakeNetwork, NetworkCase, Probe

from . import data
from .theory_calls import FUNCTIONS

IMAGE_SIZE = ("size", "width", "^s$", "^n$", "^img$", "dim", "pixel")


@dataclass(frozen=True)
class Loading:
    """One call of `get_dataloaders`."""

    id: str
    dataset: str
    batch_size: int
    img_size: int = 28
    random_shift: bool = False
    scramble_image: bool = False
    noise: float = 0.0

    @property
    def served(self) -> str:
        """The data set's name among the served arrays."""
        return "mnist" if self.dataset == "MNIST" else "fashion_mnist"

    @property
    def words(self) -> str:
        """As one writes it in a call."""
        options = [
            f"{name}={value}"
            for name in ("img_size", "random_shift", "scramble_image", "noise")
            if (value := getattr(self, name)) != getattr(Loading, name)
        ]
        return f"get_dataloaders({', '.join((self.dataset, f'batch_size={self.batch_size}', *options))})"

    def case(self) -> dict[str, Any]:
        """What is sent into the sandbox. Options are passed only where they differ from the default."""
        options = (
            _asked("batch_size", self.batch_size, "batch", "^bs$"),
            *(
                _asked(name, value, *patterns)
                for name, value, patterns in (
                    ("img_size", self.img_size, ("size$",)),
                    ("random_shift", self.random_shift, ("shift",)),
                    ("scramble_image", self.scramble_image, ("scrambl", "shuffle", "permut")),
                    ("noise", self.noise, ("noise",)),
                )
                if value != getattr(Loading, name)
            ),
        )
        return {
            "dataset": self.dataset,
            "patterns": ["^get_?data_?loaders?$", "data_?loader", "loaders?$"],
            **Case(self.id, options).request(),
        }


LOADINGS = (
    Loading("mnist", "MNIST", 16),
    Loading("fashion", "FashionMNIST", 20),
    Loading("larger", "MNIST", 32, img_size=36),
    Loading("shifted", "MNIST", 32, img_size=36, random_shift=True),
    Loading("scrambled", "MNIST", 32, scramble_image=True),
    Loading("noisy", "FashionMNIST", 32, noise=0.7),
)


@dataclass(frozen=True)
class Block:
    """One residual block: channels in and out, stride."""

    inside: int
    outside: int
    stride: int

    @property
    def id(self) -> str:
        """`4-6-2`."""
        return f"{self.inside}-{self.outside}-{self.stride}"

    @property
    def words(self) -> str:
        """As one writes it in a call."""
        return f"ResidualBlock({self.inside}, {self.outside}, stride={self.stride})"

    @property
    def changes_shape(self) -> bool:
        """Whether the input cannot be added as it is."""
        return self.stride != 1 or self.inside != self.outside

    def case(self) -> NetworkCase:
        """What is asked of it."""
        roles = (
            _asked("in_channels", self.inside, "^in", "in_?ch", "in_?plan", "in_?feat", "^c_?in$", "input"),
            _asked("out_channels", self.outside, "^out", "out_?ch", "plan", "out_?feat", "^c_?out$", "channels"),
            _asked("stride", self.stride, "strid", "^s$", "down"),
        )
        return NetworkCase(
            id=self.id,
            asked="ResidualBlock",
            patterns=("^residual_?block$", "^res(idual)?_?(net)?_?(block|unit|layer)$", "res.*block"),
            skipped=("nonres", "non_res", "noskip", "plain"),
            inputs=tuple(data.block_images_of(self.inside, width) for width in data.BLOCK_IMAGES),
            arguments=roles,
        )


# The same, more and fewer channels: some make a skip convolution only where there are more.
BLOCKS = (Block(4, 4, 1), Block(4, 6, 1), Block(6, 4, 1), Block(4, 4, 2), Block(4, 6, 2))

TRAINING = {
    "patterns": ["^train_?(one_?)?epoch$", "train.*epoch", "epoch.*train"],
    "roles": {
        "model": ("model", "net"),
        "optimizer": ("opt",),
        "scheduler": ("sched",),
        "criterion": ("crit", "loss"),
        "train_loader": ("load", "data"),
        "epoch": ("epoch",),
        "device": ("dev",),
    },
}


def _asked(name: str, value: float, *patterns: str) -> Argument:
    return Argument(name, value, patterns)


def _network(kind: str, width: int) -> NetworkCase:
    return NetworkCase(
        id=str(width),
        asked=f"get_{kind}",
        patterns=(f"^get_?{kind}$", f"^(make|build|create)_?{kind}$", f"^{kind}$", f"{kind}"),
        inputs=(data.images_of(width),),
        arguments=(Argument("image_size", width, IMAGE_SIZE, optional=True),),
    )


PROBES: tuple[Probe, ...] = (
    Ask("dataloaders", "loaders", [loading.case() for loading in LOADINGS], seconds=6),
    *(
        MakeNetwork(kind, [_network(kind, width) for width in data.NETWORK_IMAGES], seconds=4)
        for kind in ("mlp", "cnn")
    ),
    Ask("train_epoch", "training", [{"id": name, **TRAINING} for name in ("adam", "sgd")], seconds=6),
    MakeNetwork("residual_block", [block.case() for block in BLOCKS], seconds=4),
    Ask("theory", "theory", [{"id": name, "function": name, "names": FUNCTIONS} for name in FUNCTIONS], seconds=4),
)
