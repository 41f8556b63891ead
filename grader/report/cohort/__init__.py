"""The report on a whole class."""
