"""`same_as_reference`: a function is judged by what it was given, also where that is texts and lists of tokens."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from asking import found

from grader.checks import integers, same_as_reference
from grader.finding import Outcome


def joined(tokens, pair, new):
    """The tokens with `new` in place of each pair."""
    out = []
    for token in tokens:
        out.append(token)
        if out[-2:] == list(pair):
            out[-2:] = [new]
    return out


def pairs_of(text, count):
    """The reference: the most frequent pairs, the smallest of several."""
    tokens, pairs = list(text.encode()), []
    for step in range(count):
        seen = list(itertools.pairwise(tokens))
        pairs.append(min(set(seen), key=lambda pair: (-seen.count(pair), pair)))
        tokens = joined(tokens, pairs[-1], 256 + step)
    return pairs


def encode(text, pairs):
    tokens = list(text.encode())
    for step, pair in enumerate(pairs):
        tokens = joined(tokens, pair, 256 + step)
    return tokens


def decode(tokens, pairs):
    known = {number: bytes([number]) for number in range(256)}
    for step, (first, second) in enumerate(pairs):
        known[256 + step] = known[first] + known[second]
    return b"".join(known[token] for token in tokens).decode(errors="replace")


TOKENS = same_as_reference(
    "bytes((97 + letters).tolist()).decode() -> text",
    "pairs_of(text, count) -> pairs",
    "encode(text, pairs) -> tokens",
    "decode(tokens, pairs) -> back",
    reference={"pairs_of": pairs_of, "encode": encode, "decode": decode},
    cases=[{"letters": integers(60, below=3), "count": count} for count in (2, 4, 8)],
)


def largest_pairs(text, count):
    tokens, pairs = list(text.encode()), []
    for step in range(count):
        seen = list(itertools.pairwise(tokens))
        pairs.append(max(set(seen), key=lambda pair: (seen.count(pair) // 4, pair)))
        tokens = joined(tokens, pairs[-1], 256 + step)
    return np.array(pairs)


def encode_by_rank(text, pairs):
    tokens, rank = list(text.encode()), {tuple(pair): place for place, pair in enumerate(pairs)}
    while known := [pair for pair in itertools.pairwise(tokens) if pair in rank]:
        best = min(known, key=rank.__getitem__)
        tokens = joined(tokens, best, 256 + rank[best])
    return np.array(tokens)


def encode_once(text, pairs):
    return encode(text, pairs[:1])


def decode_by_stack(tokens, pairs):
    stack, out = list(tokens)[::-1], bytearray()
    while stack:
        token = int(stack.pop())
        if token < 256:
            out.append(token)
        else:
            stack.extend(reversed(pairs[token - 256]))
    return out.decode()


def encode_letters(text, pairs):
    """Each letter twice: more tokens than are right."""
    return [token for token in text[:20].encode() for _ in range(2)]


def decode_twisted(tokens, pairs):
    return decode(tokens, [pair[::-1] for pair in pairs])


RIGHT = {"pairs_of": pairs_of, "encode": encode_by_rank, "decode": decode_by_stack}


@pytest.mark.parametrize(
    ("wrong", "step"),
    [
        ({"pairs_of": largest_pairs}, "pairs_of"),
        ({"encode": encode_once}, "encode"),
        ({"encode": encode_letters}, "encode"),
        ({"decode": decode_twisted}, "decode"),
    ],
)
def test_a_wrong_function_of_a_tokenizer_costs_its_own_points_alone(wrong, step):
    for other in ("pairs_of", "encode", "decode"):
        finding = found(TOKENS[other], **{**RIGHT, **wrong})

        assert (finding.outcome is Outcome.PASSED) == (other != step), finding.message


def test_two_wrong_functions_both_cost_their_points():
    wrong = {"pairs_of": largest_pairs, "encode": encode_once, "decode": decode_twisted}

    for step, function in wrong.items():
        assert found(TOKENS[step], **{**RIGHT, **wrong}).outcome is not Outcome.PASSED, function


def test_a_text_that_differs_is_handed_on():
    block = same_as_reference(
        "bytes((97 + letters).tolist()).decode() -> text",
        "cleaned(text) -> clean",
        "counted(clean) -> count",
        reference={"cleaned": lambda text: text.replace("a", ""), "counted": lambda clean: 3 * len(clean)},
        cases=[{"letters": integers(40, below=4)}],
    )
    wrong = {"cleaned": lambda text: text.replace("b", "").replace("a", "")}

    right = found(block["counted"], counted=lambda clean: 3 * sum(1 for _ in clean), **wrong)

    assert right.outcome is Outcome.PASSED, right.message
    assert found(block["counted"], counted=lambda clean: 2 * len(clean), **wrong).outcome is Outcome.FAILED
    assert found(block["cleaned"], counted=len, **wrong).outcome is Outcome.FAILED


def test_what_is_no_text_is_called_what_it_is():
    finding = found(TOKENS["decode"], **{**RIGHT, "decode": lambda tokens, pairs: decode(tokens, pairs).encode()})

    assert "found a bytes" in finding.message


class Windows:
    """The reference: a data set with entries."""

    def __init__(self, tokens, length):
        self.tokens, self.length = tokens, length

    def __len__(self):
        return len(self.tokens) // self.length

    def __getitem__(self, place):
        if not 0 <= place < len(self):
            raise IndexError(place)
        return self.tokens[place * self.length :][: self.length]


class Lists:
    """The same without an end: entries are lists, and others are asked for by name."""

    def __init__(self, tokens, length):
        self.rows = {
            str(place): row.tolist() for place, row in enumerate(np.array_split(tokens, len(tokens) // length))
        }

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, place):
        return self.rows[str(place)]


def test_an_object_with_entries_of_its_own_is_no_array():
    block = same_as_reference(
        "Windows(tokens, 4) -> data",
        "len(data) -> size",
        "[data[place] for place in range(len(data))] -> entries",
        reference={"Windows": Windows},
        cases=[{"tokens": integers(20, below=9)}, {"tokens": integers(12, below=9)}],
    )

    assert found(block, Windows=Lists).outcome is Outcome.PASSED, found(block, Windows=Lists).message
    assert "on 2 hidden inputs" in found(block["len(data)"], Windows=Lists).message
