"""The marking desk: a local page on which people mark what the grader cannot, or knows less well than they do."""
