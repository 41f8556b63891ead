"""What a person goes by."""

LOOKS = "2: most could be taken for real ones; 1: digits, but broken or blurred; 0: no digits"
REPORT = "2: says how the generator was trained and what helped, with a figure; 1: one of these is missing; 0: nothing"
