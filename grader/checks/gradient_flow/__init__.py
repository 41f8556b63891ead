"""A student's plot of the gradient that reaches each layer of a network, recomputed and compared."""
