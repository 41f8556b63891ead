"""What a person looks for."""

DISCUSSION = """
Full points: what was changed (baseline, discount, step size), what it did to the return over all seeds, and why that
may be. Half: what was changed and what came of it. None: what REINFORCE is, without anything of their own runs.
"""
