"""The four configurations of the two flags, and how students name the arguments."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from grader import Argument, BuildNetwork, CallFunction, Case

from . import data

BLOCKS, SAMPLES, CHANNELS, CLASSES = 30, 100, 10, 10


@dataclass(frozen=True)
class Configuration:
    """One combination of the flags."""

    skip: bool
    batch: bool

    @property
    def id(self) -> str:
        """`skip=1,batch=0`."""
        return f"skip={int(self.skip)},batch={int(self.batch)}"

    @property
    def words(self) -> str:
        """As one writes it in a call."""
        return f"skip_connections={self.skip}, batch_normalization={self.batch}"

    @property
    def short(self) -> str:
        """For a table."""
        return f"skip {'on' if self.skip else 'off'}, batch norm {'on' if self.batch else 'off'}"

    @property
    def title(self) -> str:
        """For a figure."""
        parts = [name for name, on in (("skip connections", self.skip), ("batch norm", self.batch)) if on]
        return " + ".join(parts) or "no skip, no batch norm"


CASES = tuple(Configuration(skip, batch) for skip, batch in product((False, True), repeat=2))


def flags(case: Configuration) -> tuple[Argument, ...]:
    """Both flags with the names that students give them, in the handout's order: it holds where names say nothing."""
    skip = ("skip", "shortcut", "resid", "identity", "^s$", "^sc$", "^res$", "^use_(s|r)")
    batch = ("batch.*norm", "batch_?n", "norm", "^batch$", r"^bn|bn$|_bn_", "^b$", "^use_b")
    return Argument("skip_connections", case.skip, skip), Argument("batch_normalization", case.batch, batch)


def channels(count: int, *, optional: bool = False) -> tuple[Argument, ...]:
    """Width and kernel of a block."""
    return (
        Argument(
            "nb_channels", count, ("chan", "^ch$", "^nc$", "filter", "width", "^c$", "dim", "planes", "feat"), optional
        ),
        Argument("kernel_size", 3, ("kernel", "^ks?$", "^k?_?size$"), optional=True),
    )


# Some write the sizes that the handout asks for into the network itself.
SHAPE = (
    Argument("nb_residual_blocks", 3, ("blocks?$", "depth", "layers?$", "^[nl]$", "nb_res", "num_res", "n_res"), True),
    *channels(10, optional=True),
    Argument("nb_classes", 10, ("class", "^out"), optional=True),
)
NB_SAMPLES = Argument(
    "nb_samples", 100, ("sampl", "^n$", "^nb$", "^num$", "^n_", "^count$"), optional=True, only_required=True
)

PROBES = (
    BuildNetwork(
        "block",
        ("^res(idual)?_?(net)?_?block$", "^res.*block", "block", "blo[cq]", "residu|unit|layer"),
        [Case(case.id, (*channels(10), *flags(case))) for case in CASES],
        (data.BLOCK_INPUT,),
    ),
    BuildNetwork(
        "network",
        ("^res_?net$", "^res.*net", "net", "model", "res", "."),
        [Case(case.id, (*SHAPE, *flags(case))) for case in CASES],
        (data.NETWORK_INPUT,),
        ("block",),
    ),
    CallFunction("get_stats", ("^get_?stats?$",), [Case(case.id, (*flags(case), NB_SAMPLES)) for case in CASES]),
)
