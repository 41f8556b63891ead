"""2  Submission → Evidence, through the sandbox; which file and which attempt it is about."""
