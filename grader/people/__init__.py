"""Who is meant: the class list, and matching names and ids to one student."""
