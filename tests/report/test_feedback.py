from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pikepdf
import pytest
import report_examples as examples
from reading_pdf import captions, failed_rules, opened, page_count, qpdf_accepts, tags, text_of

from grader.finding import Finding
from grader.report import ReportError
from grader.report.model import RunFacts
from grader.report.page import text
from grader.report.student.feedback import feedback_html, feedback_pdf

HERE = Path(__file__).parent


def html_of(report):
    return feedback_html(report)[0]


def words(html):
    return " ".join(re.sub(r"<[^>]+>", " ", html).replace("\u00a0", " ").replace("\u200b", "").split())


@pytest.mark.parametrize(
    "example", [examples.feedback, examples.ungraded_feedback, examples.hostile_feedback, examples.marked_by_hand]
)
def test_the_pdf_conforms_to_pdf_ua_and_pdf_a(example, request):
    known = {examples.feedback: "feedback", examples.hostile_feedback: "hostile"}
    pdf = request.getfixturevalue(known[example]) if example in known else feedback_pdf(example())
    assert failed_rules(pdf) == []


def test_qpdf_finds_no_fault(feedback, hostile, tmp_path):
    assert qpdf_accepts(feedback, tmp_path)
    assert qpdf_accepts(hostile, tmp_path)


def test_captions_are_numbered_without_a_gap(feedback):
    assert captions(feedback, "Figure") == [1, 2]
    assert sorted(captions(feedback, "Table")) == [1, 2, 3, 4]
    assert captions(feedback, "Listing") == [1]


def test_every_figure_has_a_description(feedback):
    with opened(feedback) as document:
        described = [str(tag.get("/Alt", "")) for tag in tags(document) if tag.S == "/Figure"]
    assert len(described) == 2
    assert all(len(one) > 40 for one in described)


def test_every_header_cell_says_what_it_heads(feedback):
    with opened(feedback) as document:
        scopes = [str(tag.A.get("/Scope")) for tag in tags(document) if tag.S == "/TH"]
    assert scopes.count("/Column") == 5 + 6 + 6 + 3  # the rubric, the layers, the runs, the files
    assert set(scopes) == {"/Column", "/Row"}


def test_running_heads_are_not_read_aloud_as_text(feedback):
    with opened(feedback) as document:
        contents = document.pages[1].Contents.read_bytes()
    assert contents.count(b"/Pagination") == 4  # left and right head, left and right foot


def test_every_link_leads_somewhere(feedback):
    with opened(feedback) as document:
        names = document.Root.Names.Dests.Names
        known = {str(names[i]) for i in range(0, len(names), 2)}
        links = [str(link.Dest) for one in document.pages for link in one.get("/Annots", []) if "/Dest" in link]
    assert len(links) > 10
    assert set(links) <= known


def test_fonts_are_embedded(feedback):
    with opened(feedback) as document:
        fonts = [
            item
            for item in document.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        ]
        names = {str(font.FontName).split("+")[-1] for font in fonts}
        assert all("/FontFile2" in font or "/FontFile3" in font for font in fonts)
    assert all(name.startswith(("Inter", "JetBrains")) for name in names)


def test_the_grade_is_attached(feedback):
    with opened(feedback) as document:
        assert document.attachments["grade.json"].get_file().read_bytes() == b'{"schema": 1}'


def test_two_processes_write_the_same_bytes(feedback):
    program = (
        "import hashlib, report_examples as e; from grader.report.student.feedback import feedback_pdf; "
        "print(hashlib.sha256(feedback_pdf(e.feedback())).hexdigest())"
    )
    paths = os.pathsep.join([str(HERE), str(HERE.parents[1])])
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == hashlib.sha256(feedback).hexdigest()
    assert done.stderr == ""


def test_a_second_report_in_the_same_process_is_the_same(feedback):
    assert feedback_pdf(examples.feedback()) == feedback


def test_the_score_comes_first():
    html = html_of(examples.feedback())
    assert words(html.split('class="big"')[1]).startswith(">8 of 10 points · class median 7.5")
    assert html.index('class="score"') < html.index("<table")


def test_the_summary_is_made_from_the_outcomes():
    text = words(html_of(examples.feedback()))
    assert "You met 3 of 5 criteria and 2 in part. 2 points lost: “Network of 30 SkipBlocks" in text


def test_an_open_grade_counts_what_was_earned_so_far():
    text = words(html_of(examples.ungraded_feedback()))
    assert "8 of 8 judged, 2 open" in text
    assert "Total so far 8 / 10" in text
    assert "? for a person" in text


def test_cards_stand_in_the_order_of_points_to_gain():
    failed = examples.mark("big", "The large one", Finding.failed("Expected a file, found none.", "Hand it in."), "5")
    report = examples.with_grade(examples.feedback(), marks=(*examples.good_marks(), failed))
    assert re.findall(r"up to \+([\d.]+)", html_of(report)) == ["5", "1", "1"]


def test_a_late_penalty_is_shown_with_its_arithmetic():
    text = words(html_of(examples.with_grade(examples.feedback(), late_penalty=Decimal("1.5"))))
    assert "Late penalty 8 − 1.5 = 6.5 −1.5" in text
    assert "Total 6.5 / 10" in text


def test_evidence_links_lead_to_the_criterions_exhibits():
    html = html_of(examples.feedback())
    row = html.split("Gradient norm against depth for four configurations</th>")[1].split("</tr>")[0]
    assert 'href="#fig-gradient_norm-gradient_norm"' in row
    assert 'id="fig-gradient_norm-gradient_norm"' in html


def test_nothing_to_repair_is_said():
    good = (examples.mark("only", "The only one", Finding.passed("As expected.")),)
    text = words(html_of(examples.with_grade(examples.feedback(), marks=good)))
    assert "You met the criterion: nothing is left to repair." in text
    assert "nothing is left to repair" in text


def test_a_run_that_failed_says_why():
    execution = replace(examples.EXECUTION, status="timed_out", reason="Expected an end within 600 s.")
    text = words(html_of(examples.with_grade(examples.feedback(), execution=execution)))
    assert "Stopped: time limit" in text
    assert "Expected an end within 600 s." in text


def test_without_console_output_there_is_no_listing():
    html = html_of(examples.feedback(console_tail=""))
    assert "Listing" not in html


def test_two_exhibits_with_one_key_are_an_error():
    twice = Finding.passed("", exhibits=(examples.layer_table(), examples.layer_table()))
    report = examples.with_grade(examples.feedback(), marks=(examples.mark("c", "C", twice),))
    with pytest.raises(ReportError, match="found twice"):
        feedback_html(report)


def test_hostile_text_stays_text(hostile):
    html = html_of(examples.hostile_feedback())
    assert "<script" not in html
    assert "<img src=file" not in html
    assert html.count("<title>") == 1
    shown = text_of(hostile)
    assert "<script>alert(1)</script>{{7*7}}" in shown
    assert "\u202e" not in shown


def test_a_name_keeps_its_letters_or_spells_them(hostile):
    assert f"{text.name('李小龙')} Nguyễn Văn Ẩn" in text_of(hostile)


@pytest.mark.parametrize("name", ["山田 太郎 김철수", "محمد أحمد", "יוסי כהן", "अमित श्रीवास्तव 🎉"])
def test_names_in_other_scripts_conform(name):
    marks = (examples.mark("c", "C", Finding.failed(f"Expected x, found {name}.")),)
    assert failed_rules(feedback_pdf(examples.with_grade(examples.feedback(), student=name, marks=marks))) == []


def test_ten_megabytes_of_output_become_one_listing():
    report = examples.feedback(console_tail="x" * 10_000_000 + "\nthe end\n")
    html = html_of(report)
    assert len(html) < 60_000
    assert "the end" in html


def test_nothing_spills_over_the_edge(feedback):
    html, figures = feedback_html(examples.feedback())
    from grader.report.page import pdf as writing

    fetcher = writing.AssetFetcher(figures)
    source = writing.own_markup.document_of(html, "asset:", fetcher)
    for one in source.render(font_config=writing._fonts(), stylesheets=[writing._stylesheet()]).pages:
        for box in one._page_box.descendants(placeholders=True):
            if getattr(box, "text", "").strip():
                assert box.position_x + box.width <= one.width - 60, box.text


def test_the_text_is_read_in_the_order_of_the_page(feedback):
    assert 2 <= page_count(feedback) <= 5
    text = text_of(feedback)
    order = [
        "8 of 10",
        "Points by criterion",
        "What to fix",
        "up to +1",
        "Figure 1 Training loss",
        "What is good already",
        "How it was graded",
        "Figures of what is good",
        "Figure 2 Gradient norm",
        "Figures, tables and listings",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_the_document_says_what_it_is(feedback):
    with opened(feedback) as document:
        assert str(document.Root.Lang) == "en"
        assert bool(document.Root.MarkInfo.Marked)
        assert "Nguyễn Thị Ánh" in str(document.docinfo.Title)
        with document.open_outline() as outline:
            (top,) = outline.root
            headings = [one.title for one in top.children]
    assert [heading.split(" ")[0] for heading in headings] == [str(i + 1) for i in range(len(headings))]


def test_the_list_of_figures_holds_every_caption(feedback):
    listed = text_of(feedback).rsplit("Figures, tables and listings", 1)[1]
    for kind, count in (("Figure", 2), ("Table", 4), ("Listing", 1)):
        numbers = re.findall(rf"{kind}\s(\d+) \(p\.\s\d\)", listed)
        assert numbers == [str(i + 1) for i in range(count)]


def stopped(status, reason, *messages):
    findings = [Finding.failed(message) for message in messages]
    marks = tuple(examples.mark(f"c{i}", f"Criterion {i}", finding) for i, finding in enumerate(findings))
    execution = replace(examples.EXECUTION, status=status, reason=reason, cpu_s=119.6)
    return examples.with_grade(examples.feedback(usual_cpu_s=7.0), marks=marks, execution=execution)


def test_one_syntax_error_is_one_thing_to_fix():
    report = stopped(
        "raised",
        "a.py, line 25, SyntaxError: expected ':' (a.py, line 25)",
        "the class Net could not be defined: the error in a.py, line 25: SyntaxError: expected ':' (a.py, line 25)",
        "get_stats() raised NameError: name 'Net' is not defined",
        "expected a report, found none",
    )
    html = html_of(report)
    text = words(html)
    assert "One cause explains 4 of the 6 points lost: a syntax error in a.py, line 25." in text
    assert "Everything else waits for this: Criterion 0; Criterion 1." in text
    assert html.count('class="fix') == 2
    assert html.index("Everything else waits") < html.index("Points by criterion") < html.index("a report, found none")


def test_a_time_out_says_what_most_need():
    ended = "the program did not finish: expected an end within 120 s"
    text = words(html_of(stopped("timed_out", "expected an end within 120 s", ended, ended)))
    assert "Your program ran out of time" in text
    assert "Yours used 120 s of CPU time; most need about 7 s." in text


def test_an_empty_file_is_said_once():
    empty = "Not attempted: a.py is empty"
    html = html_of(stopped("no_result", "nothing was run", empty, empty, empty))
    assert "One cause explains all of the 6 points lost: not attempted: a.py is empty." in words(html)
    assert html.count('class="fix') == 1


def test_a_figure_of_the_students_report_is_theirs():
    found = Finding.failed("expected the ResNet, found that of FFNet (Figure 5); there is no Figure 6")
    text = words(html_of(examples.with_grade(examples.feedback(), marks=(examples.mark("c", "C", found),))))
    assert "found that of FFNet (your Figure 5); there is no Figure 6." in text


@pytest.mark.parametrize("marks", [examples.good_marks()[2:3], examples.good_marks()])
def test_a_report_is_short(marks):
    assert page_count(feedback_pdf(examples.with_grade(examples.feedback(), marks=marks))) <= 2 + (len(marks) > 1)


@pytest.mark.parametrize(
    ("hours", "said"),
    [(-1, "in time"), (0, "in time"), (0.2, "1 hour late"), (25, "1 day and 1 hour late"), (80, "3 days late")],
)
def test_lateness_is_said_in_words(hours, said):
    due = examples.WHEN - timedelta(hours=hours)
    assert f"2026-11-01 22:10 UTC, {said}" in html_of(examples.feedback(due=due))


def test_every_box_is_listed_with_how_it_ended():
    runs = (
        RunFacts("Your code, as a script", "timed_out", "Expected an end within 600 s.", 600.0, 590.0, 900, "cpu"),
        RunFacts("Your definitions alone", "exited", "ran to its end", 2.0, 1.9, 300, "cpu"),
    )
    text = words(html_of(examples.feedback(runs=runs)))
    assert "Your code, as a script Stopped: time limit: Expected an end within 600 s. 600.0 590.0 900 cpu" in text
    assert "Your definitions alone Ran to its end 2.0 1.9 300 cpu" in text


def test_a_figure_without_words_is_an_error():
    silent = replace(examples.loss_figure(), caption="", alt="")
    mark = examples.mark("c", "C", Finding.passed("", exhibits=(silent,)))
    report = examples.with_grade(examples.feedback(), marks=(mark,))
    with pytest.raises(ReportError, match="expected a caption that says what to see"):
        feedback_html(report)


def test_marks_by_hand_say_who_gave_them_when_and_why():
    html = html_of(examples.marked_by_hand())
    text = words(html.replace("\u200b", ""))
    assert "1.5 / 2 Ada &lt;b&gt;Lovelace&lt;/b&gt;, 2026-11-03 09:30 UTC" in text
    assert "The blocks are there, under another name. 1, by the grader" in text
    assert "1 / 1 Grace, 2026-11-02 10:00 UTC Clear and short. –, by the grader" in text
    assert text.count("by hand") >= 3
    row = html.split("Clarity of the report</th>")[1].split("</tr>")[0]
    assert 'href="#tab-hand"' in row
