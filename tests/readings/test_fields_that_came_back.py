"""What came out of the sandbox is read field by field: what is not as it should be is left out."""

from __future__ import annotations

from grader.readings.fields import mappings, rows


def test_of_a_list_only_the_objects_are_taken_and_no_more_than_are_looked_at():
    listed = [{"a": 1}, "text", {"b": 2}, {"c": 3}]

    assert mappings(listed) == [{"a": 1}, {"b": 2}, {"c": 3}]
    assert mappings(listed, 3) == [{"a": 1}, {"b": 2}]
    assert mappings({"a": 1}) == mappings(None) == []


def test_of_a_list_only_the_rows_of_the_asked_length_are_taken():
    assert rows([[1, 2], [1], "ab", [3, 4, 5], [6, 7]], 2) == [[1, 2], [6, 7]]
    assert rows([[1, 2], [3, 4]], 2, most=1) == [[1, 2]]
    assert rows("ab", 1) == []
