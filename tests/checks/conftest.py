"""How often arguments are drawn at random: few and always the same, or many and new ones."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("quick", max_examples=12, derandomize=True, database=None, deadline=None)
settings.register_profile("long", max_examples=100, database=None, deadline=None, print_blob=True)
settings.load_profile("quick")
