from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import exhibit_examples
import pytest
import report_examples as examples

from grader.finding import Finding
from grader.gradebook.results import page_of
from grader.report import ReportError
from grader.report.anonymous import without_name
from grader.report.cohort.class_report import class_html
from grader.report.page.paths import TEMPLATES
from grader.report.page.web import standalone
from grader.report.stamp import identity, shows, stamp_of
from grader.report.student.feedback import feedback_html

VOID = {"meta", "img", "br", "link", "input", "hr", "path", "rect", "circle"}


class Page(HTMLParser):
    """What a browser would see: attributes of all elements, and whether each is closed."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def values(self, name: str) -> list[str]:
        return [attrs[name] for _, attrs in self.seen if attrs.get(name)]


def with_exhibits():
    finding = Finding.failed("Expected x, found y.", "Do z.", exhibits=exhibit_examples.every())
    return examples.with_grade(examples.feedback(), marks=(examples.mark("all", "Exhibits", finding),))


MADE = {
    "feedback": lambda: feedback_html(examples.feedback()),
    "exhibits": lambda: feedback_html(with_exhibits()),
    "hostile": lambda: feedback_html(examples.hostile_feedback()),
    "class": lambda: class_html(examples.class_report(30)),
}


@pytest.fixture(scope="module", params=MADE)
def page(request) -> Page:
    found = Page(standalone(*MADE[request.param](), identity(examples.feedback())))
    assert found.open == []
    return found


def test_nothing_is_fetched_and_nothing_runs(page):
    assert not {"script", "link", "iframe", "object", "embed", "base", "form", "img"} & {tag for tag, _ in page.seen}
    assert all(value.startswith("#") for value in page.values("href"))
    assert page.values("src") == []
    assert not any(name.startswith("on") for _, attrs in page.seen for name in attrs)
    assert any("default-src 'none'" in value for value in page.values("content"))


def test_the_one_script_is_ours_and_its_digest_is_all_that_the_policy_lets_run():
    html = standalone(*MADE["class"](), identity(examples.feedback()), sortable=True).decode()
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"script-src 'sha256-{digest}'" in unescape(html)
    assert script == (TEMPLATES / "sort.js").read_text()


def test_every_link_leads_to_one_place(page):
    places = Counter(page.values("id"))
    assert set(places.values()) == {1}
    assert {value[1:] for value in page.values("href")} <= set(places)


def test_every_picture_has_a_name_for_screen_readers(page):
    pictures = [attrs for tag, attrs in page.seen if tag == "svg"]
    assert pictures
    assert all(attrs["role"] == "img" and len(attrs["aria-label"]) > 20 for attrs in pictures)


def test_the_style_is_inside_and_fetches_nothing():
    content = standalone(*MADE["feedback"](), "named-0").decode()
    style = content.split("<style>")[1].split("</style>")[0]
    assert ".rubric" in style
    assert not re.search(r"url\((?!href)|@import|@font-face", style.replace("attr(href url)", ""))


def test_a_missing_picture_is_an_error():
    html, _ = MADE["feedback"]()
    with pytest.raises(ReportError, match="expected a picture"):
        standalone(html, {}, "named-0")


def test_a_report_is_recognised_by_its_page(tmp_path):
    report, path = examples.feedback(), tmp_path / "feedback.pdf"
    assert stamp_of(path) is None
    page_of(path).write_bytes(standalone(*MADE["feedback"](), identity(report)))
    assert stamp_of(path) is None
    path.write_bytes(b"%PDF")
    assert shows(path, report)
    assert not shows(path, without_name(report))
    assert not shows(path, replace(report, course="Another"))


def test_a_student_cannot_claim_to_be_another_report(tmp_path):
    """The marks stand first in the head, before anything that a student wrote."""
    forged = f'<meta name="grader-report" content="{"named-" + "0" * 64}">'
    report = examples.with_grade(examples.feedback(), student=forged)
    path = tmp_path / "feedback.pdf"
    path.write_bytes(b"%PDF")
    page_of(path).write_bytes(standalone(*feedback_html(report), identity(report)))
    assert stamp_of(path) == identity(report)
