"""What holds for whom: deadlines, extensions, times, and which attempt counts."""
