"""What to do about each mistake in a training loop; the first that stands in a problem's words is told."""

from __future__ import annotations

from collections.abc import Mapping

STEPS = (
    ("size of tensor", "predictions are output.argmax(dim=1), one for each sample"),
    ("raised", "run it on a small network and loader of your own"),
    ("it returns after", "return after the loop over the batches, not inside it"),
)
CALLS = (
    ("own attribute", "call model.train(): it sets the mode of every layer, and model.training = True does not"),
    ("training mode", "call model.train() at the start: batch normalization and dropout depend on it"),
    ("not zeroed", "call optimizer.zero_grad() for every batch, before loss.backward()"),
    ("no gradient is left", "zero the gradients before loss.backward(), not after it"),
    ("between loss.backward", "zero the gradients before loss.backward(), not after it"),
    ("before the optimizer", "step the optimizer first, then the scheduler"),
    ("scheduler", "step the scheduler once for every batch, after the optimizer"),
    ("optimizer", "call loss.backward() and optimizer.step() once for every batch"),
    ("not clipped", "clip the gradients between loss.backward() and optimizer.step(), as the handout says"),
    ("that loss.backward() made", "do nothing with the gradients between loss.backward() and optimizer.step()"),
    *(
        (words, "look at what happens between loss.backward() and optimizer.step(): clipping, another step")
        for words in ("right at first", "step is taken with")
    ),
    ("backward", "call loss.backward() once for every batch"),
    ("softmax", "give the network's output to the criterion as it is: the cross-entropy applies the softmax itself"),
    ("criterion", "compute the loss with the criterion that is passed in"),
    ("moved", "move data and target with .to(device)"),
    ("floats", "append loss.item(), and a float for the accuracy"),
    ("so far", "append what the batch itself gives: the average over the epoch is taken afterwards"),
    ("percent", "the accuracy is a share between 0 and 1"),
    ("counts of right", "the accuracy is a share between 0 and 1"),
    ("the network runs", "use the output that the loss was computed from, also for the accuracy"),
    ("accuracy", "the share of right predictions among the samples of this batch, whose last one is smaller"),
)
VALUES = {
    "loss": ("{} differs", "append the mean loss of the batch as the criterion gives it: loss.item()"),
    "rate": ("{}", "append the learning rate for every batch, as scheduler.get_last_lr()[0] tells it"),
}


def hints(results: Mapping[str, str], listed: str) -> tuple[tuple[str, str], ...]:
    """All of them, for results by name and what they hold batch by batch; `listed` are all results."""
    give = f"return {listed}"
    values = [(VALUES[holds][0].format(name), VALUES[holds][1]) for name, holds in results.items() if holds in VALUES]
    return (*STEPS, ("another order", give), *CALLS, *values, ("returned", give))
