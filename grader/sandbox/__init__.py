"""Runs commands in a sandbox and brings back data. It knows nothing of grading."""
