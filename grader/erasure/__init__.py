"""A student's name and work are taken out of a folder of results, for good; the line that says so stays."""

from grader.erasure.erase import Erasure, UnfinishedError, erase, plan

__all__ = ["Erasure", "UnfinishedError", "erase", "plan"]
