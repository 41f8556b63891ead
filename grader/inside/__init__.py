"""The only code that runs next to student code. It imports nothing from the rest of `grader`."""
