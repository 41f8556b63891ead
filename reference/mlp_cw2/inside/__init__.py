"""Runs in the sandbox, next to the submission: calls its function, builds its blocks, trains its networks."""
