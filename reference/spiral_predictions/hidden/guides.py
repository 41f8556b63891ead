"""What a person goes by."""

REPORT = "2: says which networks were tried, and what decided between them; 1: one of these is missing; 0: nothing"
