"""Readers of files that were handed in. They run in boxes without student code; what they read is hostile all the same.

Each has `read(path)`, which gives headers and arrays, and raises `Unreadable` with words for people.
"""
