"""What to do about what is wrong with a block's normalizations or its skip path; by a sign in a problem's words."""

from __future__ import annotations

WRONG_SUPER = {"super(type, obj)": "super(…) names another class than the one it stands in: write super().__init__()"}
NORM_HINTS = {
    **WRONG_SUPER,
    "thrown away": "keep the result: out = self.bn(out)",
    "it has no batch": "make nn.BatchNorm2d for each convolution in __init__, and call it behind it in forward",
    "cannot be made": "make the block alone, and run it once",
    "two places": "give every convolution a batch normalization of its own",
    "expected batch normalization": "nn.BatchNorm2d, whose statistics are of the batch, not of each sample",
    "acts on its output": "call the batch normalizations in forward; F.batch_norm needs training=self.training",
    "does not reach": "go on with what the convolutions give, and do not scale it to next to nothing",
    "anew": "make batch normalizations in __init__ and keep them as attributes, so that they are registered",
    "convolutions have": "one nn.BatchNorm2d for each convolution, in forward as well as in __init__",
    "no running statistics": "leave track_running_stats on: evaluation mode needs the running statistics",
    "running statistics in training mode": "let train() set the mode of every layer; F.batch_norm needs "
    "training=self.training",
    "batch's statistics": "leave track_running_stats on and let train() and eval() set the mode",
    "running statistics": "leave the momentum above 0 and the mode to train() and eval()",
}
SKIP_HINTS = {
    **WRONG_SUPER,
    "projection": "where shapes stay the same, add x itself, without a convolution",
    "normalised before": "keep x as it came in for the shortcut; normalise on the other path only",
    "first convolution": "keep the input before the first convolution: identity = x, at the end out = out + identity",
    "once more": "keep the input before the first convolution: identity = x, at the end out = out + identity",
    "concatenates": "add, with +: torch.cat gives twice the channels",
    "subtracts": "add, with +: what is left of the input has to be the input, not its negative",
    "multiplies": "add, with +: a product passes no gradient where the other factor is zero",
    "nothing is added": "keep the input in a variable and add it before the last activation: out = out + x",
    "not in training mode": "add x in both modes: the gradient needs it while the network trains",
    "never their sum": "add, with +: a maximum, or a choice between both, lets only one of them through",
    "only while": "add x in every forward pass, whatever the weights are",
    "nothing reaches": "out = out + x, with out as the convolutions made it: not scaled to next to nothing",
    "is not the block's input": "add x itself: not scaled, not added twice, not overwritten before",
}
