"""What is asked of a submission in the sandbox, and how much training it may cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from grader import Ask, Probe
from grader.checks import TrainingBudget

FILTERS, BLOCKS, STAGES, CLASSES = 32, 5, 3, 100  # VGG_38 of the handout
FLOW_FILTERS = 8
FLOWS = {"VGG_08": 0, "VGG_38": 5}  # network: blocks per stage
HIGHEST_RATE, LOWEST_RATE = 1e-3, 2e-5  # Adam's default, the framework's `eta_min`
SECONDS = 25.0
NETWORKS = ("batch_norm", "residual")


@dataclass(frozen=True)
class Budget:
    """A short training: `images` of size × size in `classes` classes, `steps` batches, networks of `filters`."""

    id: str
    filters: int
    size: int
    classes: int
    images: int
    batch: int
    steps: int

    @property
    def training(self) -> TrainingBudget:
        """As the framework trains: Adam with cosine annealing, one batch after the other."""
        return TrainingBudget(
            steps=self.steps, batch=self.batch, learning_rate=HIGHEST_RATE, lowest_rate=LOWEST_RATE, step_cpu_s=SECONDS
        )


FULL = Budget("full", filters=16, size=8, classes=5, images=96, batch=32, steps=120)
QUICK = Budget("quick", filters=12, size=8, classes=5, images=24, batch=24, steps=50)
BUDGETS = {budget.id: budget for budget in (FULL, QUICK)}


GRAD_FLOW = Ask(
    "grad_flow",
    "grad_flow",
    [{"id": name, "blocks": blocks, "filters": FLOW_FILTERS} for name, blocks in FLOWS.items()],
    seconds=15,
)


def probes(budget: Budget) -> list[Probe]:
    """The four questions, the longest last."""
    shape = {"num_blocks_per_stage": BLOCKS, "num_stages": STAGES}
    full = {"num_output_classes": CLASSES, "num_filters": FILTERS, **shape}
    small = {"num_output_classes": budget.classes, "num_filters": budget.filters, **shape}
    training = {"full": full, "small": small, "budget": budget.id, **asdict(budget.training)}
    return [
        Ask("results", "results", [{"id": "files"}], seconds=10),
        GRAD_FLOW,
        Ask("blocks", "blocks", [{"id": "all"}], seconds=20),
        Ask("networks", "networks", [{"id": name, "wanted": name, **training} for name in NETWORKS], seconds=SECONDS),
    ]


def described(budget: Budget) -> str:
    """For a caption."""
    part = asdict(budget)
    return (
        "{steps} batches of {batch}, {images} images of {size} × {size} in {classes} classes, "
        "{filters} filters, Adam with cosine annealing"
    ).format(**part)
