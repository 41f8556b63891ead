"""What a report claims, read as a person reads it: accuracies, confusion matrices, loss curves, numbers of layers."""
