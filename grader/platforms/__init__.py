"""Grading on instructors' platforms: what is uploaded to Gradescope, what a GitHub Classroom repository holds."""
