"""What is asked of a student's network and loop, and what they have learned, from what came back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from grader.checks.blocks.signatures import Signature
from grader.checks.blocks.training_pictures import Pictures
from grader.evidence import MissingEvidence
from grader.probes import Argument
from grader.readings.fields import numbers
from grader.sandbox.protocol import Array

SEEN = 20  # pictures with which the operations are written down
DROPS = "dropout acts in evaluation mode too; what was learned is measured without it"
FAR = 0.02  # of the largest score: as far as what is run again here may lie from what ran there


@dataclass(frozen=True)
class Learned:
    """What a trained network knows of the held-out pictures."""

    accuracy: float
    loss: float
    predicted: Array
    labels: Array
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False, kw_only=True)
class TrainingTask:
    """What is trained, on what, and for how long."""

    made: Signature
    train: Signature | None
    pictures: Pictures
    arguments: Mapping[str, Any]
    limits: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The same for the same question."""
        text = repr([self.made, self.train, self.pictures, self.arguments, self.limits])
        return f"trains-{sha256(text.encode()).hexdigest()[:8]}"

    @property
    def due(self) -> int:
        """The batches that a student's loop has to draw: all of them in each epoch, as far as the budget goes."""
        epochs, batch = self.limits["epochs"], self.limits["batch"]
        whole = epochs * math.ceil(self.pictures.train / batch)
        return min(whole, self.limits["steps"]) if self.train is not None and "epochs" in self.train.inputs else 0

    def request(self) -> dict[str, Any]:
        """What the box is told."""
        roles = [Argument(name, self.arguments[name], (f"^{name}$",)) for name in self.made.inputs]
        return {
            "id": "train",
            "asked": self.made.name,
            "roles": [asdict(role) for role in roles],
            "train": self.train.name if self.train else None,
            "takes": list(self.train.inputs) if self.train else [],
            "images": "pictures.train.images",
            "labels": "pictures.train.labels",
            "seen": SEEN,
            "seed": 11,
            **self.limits,
        }

    def learned(self, header: Mapping[str, Any], arrays: Mapping[str, Array], seed: int) -> Learned:
        """What came back, asked about the held-out pictures. Raises NotReplayable and MissingEvidence."""
        import torch

        from grader.checks import learning, replay
        from grader.checks.graph import is_random, without_dropout

        network = replay.parse(header.get("trace"))
        notes = (DROPS,) if (drops := is_random(network)) else ()
        network = without_dropout(network)
        state = {name: array for name, array in arrays.items() if name.startswith(("state.", "constant."))}
        tensors = {name.removeprefix("state."): part for name, part in replay.weights(state).items()}
        seen = numbers(arrays.get("seen"))
        served = torch.from_numpy(self.pictures.served(seed)["pictures.train.images"][:SEEN])
        with torch.no_grad():
            again = replay.run(network, tensors, served).numpy()
        far = FAR * (np.abs(again).max() + 1e-6)
        if seen is None or seen.shape != again.shape or (not drops and np.abs(seen - again).max() > far):
            raise MissingEvidence("run again, the operations of the network give other scores", ours=True)
        images, labels = self.pictures.kept(seed)
        found = learning.knowledge(network, tensors, torch.from_numpy(images), labels, batch=SEEN, work=math.inf)
        return Learned(found.accuracy, found.loss, found.predictions, found.labels, notes)
