"""What is asked of a function that makes data loaders: its calls, its options, the data sets behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from grader.errors import AssignmentError
from grader.probes import Argument, Ask, Case
from grader.sandbox.protocol import Array

EFFECTS = ("batch_size", "size", "shift", "scramble", "noise")


@dataclass(frozen=True)
class NormalisedSet:
    """A data set as the box serves it: `served` is its name among the served arrays (`NAME.train.images`, uint8 N × H ×
    W or N × H × W × C), `mean` and `std` what images (0 to 1) are normalised with: a number, or one for each channel.
    """

    served: str
    mean: float | tuple[float, ...]
    std: float | tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class LoaderCall:
    """One call: the data set, and what the options ask for.

    Images of `size` are the data set's, placed in a larger one, at random with `shift`; `scramble` permutes all pixels
    in one way; `noise` is the standard deviation of what is added.
    """

    id: str
    dataset: str
    batch_size: int
    size: int | None = None
    shift: bool = False
    scramble: bool = False
    noise: float = 0.0

    @property
    def is_plain(self) -> bool:
        """Whether images come as they are in the data set."""
        return self.size is None and not self.scramble and not self.noise

    def options(self) -> dict[str, Any]:
        """What differs from the defaults, by effect."""
        usual = LoaderCall(id="", dataset="", batch_size=0)
        return {effect: value for effect in EFFECTS if (value := getattr(self, effect)) != getattr(usual, effect)}


@dataclass(frozen=True, kw_only=True)
class LoaderTask:
    """A function that returns loaders, in the order of `loaders`: what each is called, and its half (`train`, `test`).

    `options` are the arguments by what they do (`batch_size`, `size`, `shift`, `scramble`, `noise`): the handout's name
    and patterns (regular expressions) of other names. `dataset` is the argument that takes torchvision's class, if
    there is one. Loaders of `shuffled` are shuffled, others keep the data set's order. `returned` is the
    result as one writes it. `data` serves the data sets.
    """

    function: str
    sets: Mapping[str, NormalisedSet]
    calls: Sequence[LoaderCall]
    data: Callable[[int], Mapping[str, Array]]
    patterns: tuple[str, ...] = ("^get_?data_?loaders?$", "data_?loader", "loaders?$")
    dataset: tuple[str, tuple[str, ...]] | None = ("base_dataset", ("data", "^base"))
    options: Mapping[str, tuple[str, tuple[str, ...]]] = field(
        default_factory=lambda: {"batch_size": ("batch_size", ("batch", "^bs$"))}
    )
    loaders: Mapping[str, str] = field(default_factory=lambda: {"training": "train", "validation": "test"})
    shuffled: tuple[str, ...] = ("training",)
    returned: str = "(train_loader, val_loader)"
    id: str = "dataloaders"
    seconds: float = 6.0

    def __post_init__(self) -> None:
        """Raises AssignmentError for calls that cannot be made so."""
        if not self.calls or not self.calls[0].is_plain:
            raise AssignmentError(f"{self.function}: expected a first call without options")
        for call in self.calls:
            if call.dataset not in self.sets:
                raise AssignmentError(f"{self.function}: expected one of {', '.join(self.sets)}, found {call.dataset}")
            if odd := [effect for effect in call.options() if effect not in self.options]:
                raise AssignmentError(f"{self.function}: no argument is named for {', '.join(odd)}")

    @property
    def probe(self) -> Ask:
        """What goes into the sandbox."""
        return Ask(self.id, "data_loaders", [self._case(call) for call in self.calls], self.seconds, library=True)

    def _case(self, call: LoaderCall) -> dict[str, Any]:
        """Options are passed only where they differ from the default."""
        arguments = tuple(
            Argument(name, value, patterns)
            for effect, value in call.options().items()
            for name, patterns in [self.options[effect]]
        )
        return {
            "function": self.function,
            "dataset": call.dataset,
            "argument": None if self.dataset is None else [self.dataset[0], list(self.dataset[1])],
            "patterns": list(self.patterns),
            "loaders": list(self.loaders),
            **Case(call.id, arguments).request(),
        }

    def words(self, call: LoaderCall) -> str:
        """A call as one writes it."""
        options = [f"{self.options[effect][0]}={value}" for effect, value in call.options().items()]
        dataset = [] if self.dataset is None else [call.dataset]
        return f"{self.function}({', '.join((*dataset, *options))})"

    def named(self, effect: str) -> str:
        """The argument that does something."""
        return self.options[effect][0]
