"""Runs in the sandbox, next to student code: finds the network, writes it down, trains it. It holds no secret."""
