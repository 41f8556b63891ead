from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
import report_examples as examples
from reading_pdf import captions, failed_rules, opened, qpdf_accepts, tags, text_of

from grader.exhibit import Table
from grader.finding import Finding
from grader.report.anonymous import without_names
from grader.report.cohort.class_figures import HEAT, distribution_svg, heat_svg
from grader.report.cohort.class_items import columns_of, reasons_of
from grader.report.cohort.class_report import class_html, class_pdf
from grader.report.cohort.class_rows import cases_of, is_late, late_rows
from grader.report.cohort.item_statistics import alpha, discrimination, points_table
from grader.report.page.pdf import on_paper
from grader.report.page.text import name


def waiting(manual: bool, students: int):
    """A class in which every student waits for one mark."""
    one = replace(examples.mark("obs", "Observations", Finding.ungraded("A person grades this.")), manual=manual)
    grade = examples.class_report(1).grades[0]
    grades = tuple(replace(grade, student=f"student {i}", marks=(one,)) for i in range(students))
    return replace(examples.class_report(1), grades=grades)


@pytest.mark.parametrize("students", [0, 1, 3])
def test_small_classes_conform_too(students):
    assert failed_rules(class_pdf(examples.class_report(students))) == []


def test_two_hundred_students_conform(big_class, tmp_path):
    assert failed_rules(big_class) == []
    assert qpdf_accepts(big_class, tmp_path)


def test_captions_are_numbered_without_a_gap(big_class):
    assert captions(big_class, "Figure") == [1, 2, 3, 4]
    assert captions(big_class, "Table") == [1, 2, 3, 4, 5, 6]


def test_every_figure_has_a_description(big_class):
    with opened(big_class) as document:
        described = [str(tag.get("/Alt", "")) for tag in tags(document) if tag.S == "/Figure"]
    assert len(described) == 4
    assert [one.split(" of ")[0] for one in described].count("Dot plot") == 2
    assert sum("Runs as a script:" in one for one in described) == 2


def test_every_student_is_listed_under_a_repeated_head(big_class):
    text = text_of(big_class)
    names = {grade.student for grade in examples.class_report(200).grades}
    assert all(name in text for name in names)
    assert text.count("Student Points Where points were lost Notes") >= 4


def test_of_a_very_large_class_paper_shows_so_many_students_and_the_page_all(monkeypatch):
    monkeypatch.setattr("grader.report.cohort.class_report.PRINTED", 20)
    html, _ = class_html(examples.class_report(30))
    paper = on_paper(html)
    rows = [page.split('class="roster"')[1].split("</table>")[0].count("<tr><td") for page in (html, paper)]

    assert rows == [30, 20]
    assert "On paper the table ends after 20 of 30 students; class.html and grades.csv have all." in paper
    assert paper.count("</tbody>") == html.count("</tbody>")


def test_students_stand_in_the_order_of_points():
    html, _ = class_html(examples.class_report(30))
    roster = html.split('class="roster"')[1]
    points = [float(cell) for cell in re.findall(r'</th><td class="n">([\d.]+)', roster)]
    assert len(points) == 30
    assert points == sorted(points, reverse=True)


def test_a_class_nobody_of_which_is_graded_says_so():
    html, figures = class_html(waiting(manual=False, students=2))
    assert "No student is graded completely yet" in html
    assert list(figures) == ["fig-outcomes", "fig-heat", "fig-runs"]
    assert html.count("A person grades this.") == 2
    assert failed_rules(class_pdf(waiting(manual=False, students=2))) == []


def test_a_manual_criterion_is_one_case_for_all():
    html, _ = class_html(waiting(manual=True, students=200))
    assert html.count("A person grades this.") == 1
    assert "200 students" in html


def test_criteria_of_a_student_that_wait_for_one_reason_share_a_row():
    marks = [examples.mark(name, name.title(), Finding.ungraded("a RAR archive")) for name in ("net", "loss", "plot")]
    one = examples.class_report(1).grades[0]
    rar, half = (replace(one, student=name, marks=tuple(marks)) for name in ("rar", "half"))
    half = replace(half, marks=(replace(marks[0], finding=Finding.passed("fine"), points=Decimal(1)), *marks[1:]))

    assert cases_of([rar, half]) == (
        [("half", "Loss; Plot", "A RAR archive."), ("rar", "all 3 criteria", "A RAR archive.")],
        0,
    )


def found_in(*findings):
    grade = examples.class_report(1).grades[0]
    return [
        replace(grade, student=f"student {i}", marks=(examples.mark("net", "Network", finding),))
        for i, finding in enumerate(findings)
    ]


def test_messages_that_differ_in_numbers_count_together():
    grades = found_in(
        *(Finding.failed(f"Expected 10 outputs, found {i}.") for i in range(4)), Finding.failed("No file.")
    )
    (first, second), other = reasons_of(grades, columns_of(grades))
    assert (first["message"], first["count"], first["lost"]) == ("Expected 10 outputs, found 0.", "4", "8")
    assert first["example"] == "student 0"
    assert second["message"] == "No file."
    assert other == ""


def test_reasons_explain_nine_tenths_of_the_points_lost_and_the_rest_is_one_line():
    common = [Finding.failed(f"{word}.") for word in ("One", "Two", "Three") for _ in range(30)]
    grades = found_in(*common, *(Finding.failed(f"Rare {chr(97 + i)}.") for i in range(9)))
    reasons, other = reasons_of(grades, columns_of(grades))
    assert [one["lost"] for one in reasons] == ["60", "60", "60"]
    assert other == "Other: 9 reasons, 18 of 198 points."


def test_one_advice_is_one_reason():
    grades = found_in(
        Finding.failed("Net lacks it.", "add the input"), Finding.failed("Block lacks it.", "add the input")
    )
    assert len(reasons_of(grades, columns_of(grades))[0]) == 1


def test_while_all_wait_the_figures_are_of_the_automatic_part():
    open_mark = replace(examples.mark("obs", "Observations", Finding.ungraded("A person grades this.")), manual=True)
    grades = tuple(
        replace(one, marks=(*one.marks, open_mark), late_penalty=Decimal(0)) for one in found_in(Finding.passed(""))
    )
    html, figures = class_html(replace(examples.class_report(1), grades=grades))
    assert "fig-points" in figures
    assert "of 2 judged so far" in html


def test_dots_stand_where_the_points_are():
    svg = distribution_svg([2.0, 2.0, 10.0], 10.0, 2.0, "points").decode()
    left, width = 34.0, 493.0 - 42
    assert f"{left + width:.1f}".rstrip("0").rstrip(".") in svg


def test_on_screen_each_student_leads_to_the_report():
    one = examples.class_report(1)
    html, _ = class_html(replace(one, pages=((one.grades[0].student, "a/feedback.html"),)))
    assert 'href="a/feedback.html"' in html
    assert "feedback.html" not in on_paper(html)


def test_difficulty_is_the_share_of_points_among_marks_made():
    marks = [
        examples.mark("net", "Network", Finding.passed("")),
        examples.mark("net", "Network", Finding.failed("")),
        examples.mark("net", "Network", Finding.ungraded("")),
    ]
    grade = examples.class_report(1).grades[0]
    (column,) = columns_of([replace(grade, marks=(one,)) for one in marks])
    assert column.given == [Decimal(2), Decimal(0)]
    html, _ = class_html(replace(examples.class_report(1), grades=tuple(replace(grade, marks=(m,)) for m in marks)))
    assert '<td class="n">0.50</td>' in html


def test_hostile_names_cost_no_report():
    evil = tuple(
        replace(grade, student=student)
        for grade, student in zip(
            examples.class_report(4).grades,
            ("<b>\n{{7*7}}", "\u202e\ud800\x00", "x" * 100_000, "李小龙 🎉"),
            strict=True,
        )
    )
    pdf = class_pdf(replace(examples.class_report(4), grades=evil))
    assert failed_rules(pdf) == []
    text = text_of(pdf)
    assert "<b> {{7*7}}" in text
    assert name("李小龙") in text
    assert "(no name)" in text


def test_the_same_class_gives_the_same_bytes():
    assert class_pdf(examples.class_report(20)) == class_pdf(examples.class_report(20))


def marked(points: list[tuple[str, str]]):
    """A class of two criteria, 2 points each."""
    grade = examples.class_report(1).grades[0]
    return [
        replace(
            grade,
            late_penalty=Decimal(0),
            marks=tuple(examples.mark(f"c{i}", f"C{i}", Finding.passed(""), earned=one) for i, one in enumerate(pair)),
        )
        for pair in points
    ]


def test_discrimination_is_the_correlation_with_the_rest():
    together = points_table(marked([("0", "0"), ("1", "1"), ("2", "2"), ("2", "1"), ("0", "1")]))
    apart = points_table(marked([("0", "2"), ("2", "0"), ("1", "1"), ("2", "0"), ("0", "2")]))
    assert discrimination("c0", together) == pytest.approx(2 / 8**0.5)
    assert discrimination("c0", apart) == pytest.approx(-1)


@pytest.mark.parametrize("points", [[("1", "1")] * 9, [("0", "1"), ("2", "2")], []])
def test_no_item_analysis_without_spread_or_students(points):
    table = points_table(marked(points))

    assert [discrimination(name, table) for name in ("c0", "c1")] == [None, None]
    assert alpha(table) is None


def test_alpha_is_one_for_criteria_that_say_the_same():
    assert alpha(points_table(marked([("0", "0"), ("1", "1"), ("2", "2"), ("2", "2"), ("0", "0")]))) == pytest.approx(1)


def test_late_work_is_listed_with_what_it_cost():
    due = examples.WHEN - timedelta(hours=30)
    grades = examples.class_report(20).grades
    rows, more = late_rows(grades, due)
    assert len(rows) == 20
    assert more == 0
    assert all(how == "1 day and 6 hours late" for _, _, how, _, _ in rows)
    assert [grade.late_penalty > 0 for grade in grades] == [is_late(grade, None) for grade in grades]
    assert not any(is_late(grade, examples.WHEN) for grade in grades if not grade.late_penalty)


def test_every_cell_of_the_heat_map_is_drawn():
    shares = [0.0, 1.0, 1.0, None, 0.5]
    svg = heat_svg([("A", shares), ("B", shares[::-1])]).decode()
    assert all(f'fill="{colour}"' in svg for colour in (HEAT[0], HEAT[4], HEAT[8]))
    areas = re.findall(r'<path d="([^"]+)" fill="#', svg)
    assert sum(area.count("Z") for area in areas) == 6  # the two full ones are one box


def test_a_report_without_names_has_none():
    named = examples.class_report(30)
    html, _ = class_html(without_names(named))
    assert not any(grade.student in html for grade in named.grades)
    assert "confidential" not in html
    assert html.count("student 30") >= 1
    order = [grade.points_so_far for grade in without_names(named).grades]
    assert order != [grade.points_so_far for grade in named.grades]


def test_what_was_measured_for_the_assignment_is_shown_with_numbers():
    table = Table("depths", "Depths", "Deepest networks that train.", ("network", "layers"), (("FFNet", "8"),))

    html, _ = class_html(replace(examples.class_report(3), measured=(table,)))

    assert "Measured for this assignment" in html
    assert "Deepest networks that train." in html
    assert "Measured for this assignment" not in class_html(examples.class_report(3))[0]
