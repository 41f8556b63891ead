"""Blocks: checks that need one line in a rubric, and bring the probes and the data that they need."""
