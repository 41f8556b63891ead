"""What a person goes by."""

REPORT = "2: says what was tried, what helped, and shows figures of it; 1: one of these is missing; 0: nothing"
