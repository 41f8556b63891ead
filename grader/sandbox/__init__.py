"""The wall: runs commands behind it and brings back data. It knows nothing of grading."""
