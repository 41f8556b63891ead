"""What a person who grades looks for."""

INVESTIGATIONS = (
    "full: depths tried for both networks, with tanh and ReLU, told with numbers; limits that fit them; "
    "half: one network or one activation only, or limits told without what was tried; "
    "none: nothing beyond the notebook as it is given"
)

EXPLAINS_RESNET = (
    "full: the skip path's identity in the product of derivatives, or the same in words, tied to the figures; "
    "half: skip connections named as the reason, not why they keep gradients from vanishing; "
    "none: no reason, or a wrong one"
)

EXPLAINS_RELU = (
    "full: derivative 1 for active units against tanh's saturation, and where it fails (dying units), as its "
    "own figures show; "
    "half: the derivative alone, or a claim that its own figures contradict; "
    "none: no reason, or a wrong one"
)

CLARITY = (
    "full: reads well, sections in order, figures that can be read and are explained; "
    "half: understandable with effort, or figures left unexplained; "
    "none: cannot be followed"
)
