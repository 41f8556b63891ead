"""The course's `mlp` package, as far as scripts of the framework import it."""
