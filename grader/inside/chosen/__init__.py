"""Which network of a submission is the homework's, and how its scripts make it: the scripts themselves never run."""
