"""Lists are made as far as they are read, once for all who ask the same."""

from __future__ import annotations

import itertools
import threading

import pytest

from grader.checks.blocks.made_once import KEPT, MadeOnce


def counting(made):
    for number in range(5):
        made.append(number)
        yield number


def test_what_is_read_again_is_not_made_again_and_what_nobody_reads_is_not_made():
    lists, made = MadeOnce[int](), []

    first = list(itertools.islice(lists.of("asked", lambda: counting(made)), 2))
    assert made == first == [0, 1]

    assert list(lists.of("asked", lambda: counting(made))) == [0, 1, 2, 3, 4]
    assert made == [0, 1, 2, 3, 4]


def test_two_may_read_at_once():
    lists, made = MadeOnce[int](), []
    one, other = iter(lists.of("asked", lambda: counting(made))), iter(lists.of("asked", lambda: counting(made)))

    assert [next(one), next(other), next(other), next(one), next(one)] == [0, 0, 1, 1, 2]
    assert made == [0, 1, 2]


def test_others_are_forgotten_and_other_threads_have_their_own():
    lists, made = MadeOnce[int](), []
    for asked in range(KEPT + 1):
        list(itertools.islice(lists.of(asked, lambda: counting(made)), 1))
    list(itertools.islice(lists.of(KEPT, lambda: counting(made)), 1))
    assert len(made) == KEPT + 1

    list(itertools.islice(lists.of(0, lambda: counting(made)), 1))
    thread = threading.Thread(target=lambda: list(itertools.islice(lists.of(0, lambda: counting(made)), 1)))
    thread.start()
    thread.join()
    assert len(made) == KEPT + 3


def test_what_was_ended_by_an_error_is_made_anew():
    lists, made = MadeOnce[int](), []

    def breaks():
        yield from itertools.islice(counting(made), 2)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        list(lists.of("asked", breaks))
    assert list(lists.of("asked", lambda: counting(made))) == [0, 1, 2, 3, 4]
