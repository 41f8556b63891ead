"""Runs behind the wall, next to student code: finds the network, writes it down, trains it. It holds no secret."""
