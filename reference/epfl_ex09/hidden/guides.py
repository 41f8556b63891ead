"""What a person who grades looks for."""

DISCUSSION = (
    "full: the MLP suffers from shifts and not from scrambling, the CNN the other way round, with measured "
    "accuracies and the reason (weights shared over places, neighbourhoods); deep residual networks train "
    "where plain ones do not; how w depends on c in both optimizers; "
    "half: the numbers without reasons, or one of the comparisons is missing; none: no discussion"
)
