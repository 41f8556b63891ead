"""What blocks (`grader/checks/blocks/`) ask in the sandbox. The same code runs the reference outside."""
