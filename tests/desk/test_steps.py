"""How many steps marking a class takes, on the desk and in a sheet: a step is a key, or a click."""

from __future__ import annotations

import csv
import io
import re

from desks import Client
from tiny_course import Course

from grader.batch.marking_sheet import write_sheet
from grader.desk.desk import Desk

WORDS = ["Right, and told clearly", "The reason is missing", "Too short"]


def desk_steps(marks: int, criteria: int, items: int, letters: int) -> int:
    """Per mark the item's key and Enter; each item once: n, its words, Tab, its points, Enter."""
    return 2 * marks + criteria * (items * (4 + 3) + letters)


def sheet_steps(marks: int, criteria: int, items: int, letters: int) -> int:
    """Per mark: the link to the report and back; points; Tab; the reason as the spreadsheet completes it from its
    first letters (two and Enter); back to the next row's points. Each reason is typed once. Export, open, save, import
    are one step each."""
    return marks * (2 + 1 + 1 + 3 + 1) + criteria * letters + 4


def test_five_criteria_of_a_hundred_submissions_take_at_most_a_third_of_the_steps_of_the_sheet():
    letters = sum(map(len, WORDS))
    counts = (100 * 5, 5, len(WORDS), letters)

    assert desk_steps(*counts) * 3 <= sheet_steps(*counts)


def scripted(ta: Client, desk: Desk, choose: dict[str, int]) -> int:
    """A TA who goes from page to page and presses keys; how many."""
    steps, address = 0, ta.http.get("/next").headers["location"]
    while address.startswith("/mark/"):
        page = ta.get(address)
        name = re.search(r'<h1 id="who">([^<]+)</h1>', page)[1]
        digit = str(choose[name])
        box = re.search(rf'name="item" value="(\d+)"[^>]*data-digit="{digit}"', page)[1]
        base = re.search(r'name="base" value="(\w+)"', page)[1]
        steps += 1  # the digit
        address = ta.post(address.partition("?")[0], item=box, base=base).headers["location"]
        steps += 1  # Enter
    return steps


def test_a_scripted_ta_marks_a_class_with_two_keys_a_mark_and_gives_what_the_sheet_gives(ta, desk, course: Course):
    for words, worth in zip(WORDS, ("1", "0.5", "0"), strict=True):
        ta.new_item(words, worth)
    choose = {"ada": 1, "bob": 2, "cem": 3, "dan": 1}

    assert scripted(ta, desk, choose) == 2 * len(choose)

    table = csv.DictReader(io.StringIO(write_sheet(desk.roll.batch, list(course.stored().values()), course.assignment)))
    given = {row["student"]: (row["points"], row["reason"]) for row in table if row["criterion"] == "style"}
    assert given["ada"] == ("1", "Right, and told clearly (+1)")
    assert given["bob"] == ("0.5", "The reason is missing (+0.5)")
