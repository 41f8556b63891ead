"""A student's block made alone, with hidden weights: what its convolutions, normalizations and skip path do."""
