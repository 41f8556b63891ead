"""Deadlines and extensions of each student, times, and which attempt counts."""
