"""Logs of training runs: one type for all formats, and what in them cannot be, or is not what code and report say."""
