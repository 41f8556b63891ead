"""Which programs of a class are more alike than chance explains: evidence for a person, never a verdict.

Nothing here reaches a student's report or a grade.
"""

from grader.similarity.known import known_files, known_in
from grader.similarity.pairs_page import page
from grader.similarity.ranking import Pair, Ranking, ranked
from grader.similarity.submitted_code import Program, program_of

__all__ = ["Pair", "Program", "Ranking", "known_files", "known_in", "page", "program_of", "ranked"]
