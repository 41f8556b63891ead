"""What a person who grades looks for."""

OBSERVATIONS = (
    "full: compares with Net3 by numbers that its own matrices show, and explains the difference by "
    "depth and gradients; half: compares without numbers or explains nothing; none: no comparison"
)
