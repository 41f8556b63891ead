"""What a person goes by."""

DISCUSSION = "2: names the pairs most often confused and says why; 1: names them without a reason; 0: neither"
