"""A student's network beside the reference: the same outputs with the same weights, or from which layer on not."""
