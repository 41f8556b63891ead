"""Runs over a whole class: grade, regrade, mark; and what of it is shown, kept and done again."""
