"""What is asked of a submission in the sandbox, and how students name things."""

from __future__ import annotations

from dataclasses import dataclass

from grader import Argument, MakeNetwork, NetworkCase, Probe
from grader.checks import DescribedNetwork, History, LoaderCall, LoaderTask, LoopTask, NormalisedSet

from . import data
from .theory_calls import SHEET

CLASSES = 10
IMAGE_SIZE = ("size", "width", "^s$", "^n$", "^img$", "dim", "pixel")


LOADERS = LoaderTask(
    function="get_dataloaders",
    sets={
        "MNIST": NormalisedSet("mnist", 0.1307, 0.3081),
        "FashionMNIST": NormalisedSet("fashion_mnist", 0.286041, 0.353024),
    },
    calls=(
        LoaderCall(id="mnist", dataset="MNIST", batch_size=16),
        LoaderCall(id="fashion", dataset="FashionMNIST", batch_size=20),
        LoaderCall(id="larger", dataset="MNIST", batch_size=32, size=36),
        LoaderCall(id="shifted", dataset="MNIST", batch_size=32, size=36, shift=True),
        LoaderCall(id="scrambled", dataset="MNIST", batch_size=32, scramble=True),
        LoaderCall(id="noisy", dataset="FashionMNIST", batch_size=32, noise=0.7),
    ),
    options={
        "batch_size": ("batch_size", ("batch", "^bs$")),
        "size": ("img_size", ("size$",)),
        "shift": ("random_shift", ("shift",)),
        "scramble": ("scramble_image", ("scrambl", "shuffle", "permut")),
        "noise": ("noise", ("noise",)),
    },
    data=data.served,
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

    def outputs(self) -> list[tuple[int, ...]]:
        """The shape of what it gives for each batch."""
        return [(count, self.outside, *2 * (-(-width // self.stride),)) for width, count in data.BLOCK_IMAGES.items()]

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

TRAINING = LoopTask(
    function="train_epoch",
    results=(History("loss_history", "loss"), History("accuracy_history", "accuracy"), History("lr_history", "rate")),
    holes=("'something'",),  # as the template fills its gaps
    served=data.served,
    images=data.TRAINING_IMAGES,
    labels=data.TRAINING_LABELS,
)


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


def _described(kind: str) -> DescribedNetwork:
    """Ten logits for each image of any size."""
    return DescribedNetwork(
        kind=kind,
        asked=f"get_{kind}",
        probe=MakeNetwork(kind, [_network(kind, width) for width in data.NETWORK_IMAGES], seconds=4),
        arguments={str(width): (width,) for width in data.NETWORK_IMAGES},
        batches=lambda seed, case: [data.served(seed)[data.images_of(int(case))]],
        outputs={str(width): [(count, CLASSES)] for width, count in data.NETWORK_IMAGES.items()},
        gives=f"get_{kind} makes networks that give {CLASSES} logits for each image of any size",
    )


MLP, CNN = _described("mlp"), _described("cnn")
RESIDUAL = DescribedNetwork(
    kind="block",
    asked="ResidualBlock",
    probe=MakeNetwork("residual_block", [block.case() for block in BLOCKS], seconds=4),
    arguments={block.id: (block.inside, block.outside, block.stride) for block in BLOCKS},
    batches=lambda seed, case: [
        data.served(seed)[data.block_images_of(int(case.partition("-")[0]), width)] for width in data.BLOCK_IMAGES
    ],
    outputs={block.id: block.outputs() for block in BLOCKS},
    gives="ResidualBlock gives outputs of the right size for every stride and number of channels",
    words={block.id: block.words for block in BLOCKS},
)
PROBES: tuple[Probe, ...] = (
    LOADERS.probe,
    MLP.probe,
    CNN.probe,
    TRAINING.probe,
    RESIDUAL.probe,
    SHEET.probe,
)
