"""How alike two students' code or answers are."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import combinations

from grader.batch.source_code import parts_of
from grader.submission import SubmittedFile

ALIKE_TEXT = 0.7
FEW_TOKENS, FEW_WORDS = 12, 5  # below, things are alike by chance
MOST_TOKENS, MOST_ORDERED = 3000, 60
_LEFT_OUT = (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.ENDMARKER)


def normalised(code: str) -> tuple[str, ...]:
    """The tokens of some code without comments, documentation and layout; names that the code itself gives are
    numbered in the order in which they first appear, attributes and words of the language stay.
    """
    try:
        found = [token for token in tokenize.generate_tokens(io.StringIO(code).readline) if token.type not in _LEFT_OUT]
    except (tokenize.TokenError, SyntaxError, ValueError):
        return tuple(re.findall(r"\w+|[^\w\s]", code))[:MOST_TOKENS]
    return tuple(_renamed(found))[:MOST_TOKENS]


def _renamed(tokens: Sequence[tokenize.TokenInfo]) -> Iterator[str]:
    numbers: dict[str, int] = {}
    before, begins = "", True
    for place, token in enumerate(tokens):
        if token.type == tokenize.STRING and begins and tokens[place + 1 : place + 2] and _ends(tokens[place + 1]):
            continue  # a docstring
        begins = token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT) or (begins and not token.string)
        if token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            yield tokenize.tok_name[token.type]
        elif token.type == tokenize.NAME and before != "." and not keyword.iskeyword(token.string):
            yield f"name{numbers.setdefault(token.string, len(numbers))}"
        else:
            yield token.string
        before = token.string


def _ends(token: tokenize.TokenInfo) -> bool:
    return token.type == tokenize.NEWLINE


def normalised_program(files: Sequence[SubmittedFile]) -> tuple[str, ...]:
    """The tokens of all scripts and notebook cells among files, in the order of their paths."""
    parts = [part for file in sorted(files, key=lambda file: file.path) for part in parts_of(file)]
    return tuple(token for part in parts for token in normalised("\n".join(part.lines)))[:MOST_TOKENS]


def in_order(programs: Sequence[tuple[str, ...]]) -> list[int]:
    """The places of programs so that each is followed by the one that is most like it: the least share of tokens would
    have to be changed. Only the first 60 are put in order.
    """
    left = list(range(min(len(programs), MOST_ORDERED)))
    found = left[:1]
    while left := [place for place in left if place not in found]:
        matcher = SequenceMatcher(None, autojunk=False)
        matcher.set_seq2(programs[found[-1]])
        found.append(max(left, key=lambda place: _likeness(matcher, programs[place])))
    return [*found, *range(len(found), len(programs))]


def _likeness(matcher: SequenceMatcher[str], program: tuple[str, ...]) -> float:
    matcher.set_seq1(program)
    return matcher.ratio()


def alike_texts(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The pairs of places at which texts use nearly the same words: cosine of TF-IDF weights of words and word pairs.

    Needs scikit-learn; without it only texts of the same words are alike.
    """
    places = [place for place, text in enumerate(texts) if len(text.split()) >= FEW_WORDS]
    if len(places) < 2:
        return
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
    except ImportError:
        plain = [" ".join(text.lower().split()) for text in texts]
        yield from ((one, other) for one, other in combinations(places, 2) if plain[one] == plain[other])
        return
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    try:
        weights = vectorizer.fit_transform([texts[place] for place in places])
    except ValueError:  # no words
        return
    near = (weights @ weights.T).tocoo()
    for one, other, cosine in zip(near.row, near.col, near.data, strict=True):
        if one < other and cosine >= ALIKE_TEXT:
            yield places[one], places[other]
