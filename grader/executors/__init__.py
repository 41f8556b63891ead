"""Grading on several machines: workers collect and assess, this machine alone keeps the gradebook."""
