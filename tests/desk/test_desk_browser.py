"""The desk in Chromium: by keyboard alone, wide and narrow, light and dark, with what students wrote."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from chromium import chromium, violations
from desks import open_desk
from playwright.sync_api import Browser, Page
from tiny_course import MANUAL, Course, submit, write_course

from grader.desk.app import app
from grader.desk.desk import Desk
from grader.desk.serve import Listening, bound, hosts_of

pytestmark = pytest.mark.costly

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 400, "height": 800}
HOSTILE = "<img src=x onerror=document.title='owned'><script>document.title='owned'</script>"
PICTURE = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "source": f"# Answer {HOSTILE}"},
        {
            "cell_type": "code",
            "source": f"def double(x):\n    note = {HOSTILE!r}\n    return 14",
            "outputs": [
                {"output_type": "display_data", "data": {"image/png": PICTURE, "text/html": HOSTILE}},
                {"output_type": "stream", "text": HOSTILE},
            ],
        },
    ]
}


class Served:
    """A desk on a port of its own."""

    def __init__(self, course: Course, desk: Desk) -> None:
        self.course, self.desk = course, desk
        self.listener = bound(Listening())
        port = self.listener.getsockname()[1]
        desk.cookie = f"grader-{port}"
        pages = app(desk, hosts_of(Listening(), port))
        config = uvicorn.Config(pages, log_level="critical", access_log=False, lifespan="off", ws="none")
        self.server = uvicorn.Server(config)
        self.url = f"http://127.0.0.1:{port}"
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.listener]}, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.01)

    def close(self) -> None:
        self.server.should_exit = True
        self.thread.join(20)
        self.listener.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    course = Course(tmp_path_factory.mktemp("browser"))
    write_course(course.reference, more=(MANUAL,))
    course.submit(**{f"s{number:02}": "14" for number in range(8)})
    submit(course.submissions, eve="14")
    (course.submissions / "eve/hw.py").unlink()
    (course.submissions / "eve/hw.ipynb").write_text(json.dumps(NOTEBOOK))
    course.grade()
    with open_desk(course) as desk:
        found = Served(course, desk)
        yield found
        found.close()


def refused(asked) -> list[str]:
    """A request that failed, unless the browser itself gave it up for the next page."""
    return [] if asked.failure == "net::ERR_ABORTED" else [f"failed: {asked.url}"]


def opened(browser: Browser, served: Served, viewport=WIDE, scheme="light", name="A. Kay", *, touch=False) -> Page:
    context = browser.new_context(viewport=viewport, color_scheme=scheme, has_touch=touch, is_mobile=touch)
    page = context.new_page()
    page.problems = []
    page.on("console", lambda said: page.problems.append(said.text) if said.type in ("error", "warning") else None)
    page.on("requestfailed", lambda asked: page.problems.extend(refused(asked)))
    page.goto(f"{served.url}/?key={served.desk.secret}")
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=How you go through the class")
    return page


def given(served: Served) -> dict[str, str]:
    """Points and reason of everybody whom a person marked."""
    marks = {name: one.grade.marks[-1].by_hand for name, one in served.course.stored().items()}
    return {name: f"{mark.points} {mark.reason}" for name, mark in marks.items() if mark is not None}


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def settle(page: Page, before: str) -> None:
    page.wait_for_function("before => location.href !== before", arg=before)
    page.wait_for_load_state()


def test_a_class_is_marked_by_keyboard_alone_and_nothing_is_fetched_or_refused(browser, served):
    page = opened(browser, served)
    press(page, "g")
    page.wait_for_selector("#mark")
    press(page, "n")
    page.keyboard.type("Too long")
    press(page, "Tab")
    page.keyboard.type("-0.25")
    press(page, "Enter")
    page.wait_for_selector("input[name=item]:checked")

    before = page.url
    press(page, "Enter")
    settle(page, before)
    assert list(given(served).values()) == ["0.75 Too long (−0.25)"]

    for keys in (("1", "Enter"), ("f", "Enter")):
        before = page.url
        press(page, *keys)
        settle(page, before)
    assert sorted(given(served).values()) == [
        "0.75 Too long (−0.25)",
        "0.75 Too long (−0.25)",
        "1 all that was asked for is there",
    ]

    before = page.url
    press(page, "j")
    settle(page, before)
    press(page, "/")
    page.keyboard.type("long")
    press(page, "Enter")
    page.wait_for_selector("h1:has-text('long')")
    assert page.locator("a:has-text('Too long')").count()
    press(page, "?")
    assert page.locator("dialog[open]").count() == 1
    page.click("#keys-on")
    press(page, "Escape", "?")
    assert page.locator("dialog[open]").count() == 0  # single keys are off
    page.click("[data-show=keys]")
    page.click("#keys-on")
    press(page, "Escape", "o")
    page.wait_for_selector("text=How you go through the class")
    assert page.problems == []
    page.context.close()


def test_a_server_that_is_gone_is_said_and_what_was_entered_stays(browser, served):
    page = opened(browser, served)
    page.goto(f"{served.url}/mark/style/{served.desk.roll.code('s07')}")
    page.fill("#remark", "nearly")
    page.fill("#points", "0.5")
    page.context.set_offline(True)
    page.click("#record")
    page.wait_for_selector("text=The desk does not answer")
    assert page.input_value("#remark") == "nearly"
    page.context.set_offline(False)
    before = page.url
    page.click("#record")
    settle(page, before)

    assert given(served)["s07"].endswith("nearly")
    page.context.close()


def test_another_ta_on_the_same_student_is_told_of_and_a_second_mark_shows_both(browser, served):
    first, second = opened(browser, served, name="Ada"), opened(browser, served, name="Bob")
    address = f"{served.url}/mark/style/{served.desk.roll.code('s06')}"
    first.goto(address)
    first.wait_for_load_state("networkidle")
    second.goto(address)
    second.wait_for_selector("text=Ada has this open too")
    for page, points in ((first, "0.25"), (second, "0.5")):
        page.fill("#remark", f"from {points}")
        page.fill("#points", points)
        page.click("#record")
        page.wait_for_function(
            "() => !document.querySelector('#remark') || document.querySelector('#remark').value === ''"
        )
    second.wait_for_selector("text=This changed while you had it open")
    assert given(served)["s06"].endswith("from 0.25")
    second.click("text=Record mine instead")
    second.wait_for_load_state("networkidle")

    assert given(served)["s06"].endswith("from 0.5")
    first.context.close()
    second.context.close()


def test_what_a_student_wrote_runs_nothing_and_a_comment_stands_at_its_line(browser, served):
    page = opened(browser, served)
    page.goto(f"{served.url}/mark/style/{served.desk.roll.code('eve')}")
    page.click(".cl[data-cell='1'][data-line='3'] .ln")
    assert page.input_value("input[name=line]") == "3"
    page.keyboard.type("Why 14?")
    page.click("text=Keep the comment")
    page.wait_for_selector(".note:has-text('Why 14?')")

    assert "owned" not in page.title()
    assert page.locator(".cl + .note").count() == 1
    assert page.locator("img[alt^='Picture']").evaluate("image => image.complete && image.naturalWidth") == 1
    [comment] = served.course.stored()["eve"].comments
    assert (comment.place.cell, comment.place.line, comment.place.lines[-1]) == (1, 3, "    return 14")
    assert not [said for said in page.problems if "Content Security Policy" in said]
    page.context.close()


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["1280", "400"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_fit_their_width(browser, served, viewport, scheme):
    page = opened(browser, served, viewport, scheme)
    for path in (
        "/",
        f"/mark/style/{served.desk.roll.code('eve')}",
        f"/mark/value/{served.desk.roll.code('s00')}",
        "/search?q=s0",
        "/groups",
        "/second",
        "/requests",
    ):
        page.goto(f"{served.url}{path}")
        page.wait_for_load_state("networkidle")
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], path
    page.context.close()


# Links in a line of text need no more room than it has; `Skip` and the button for the keyboard are not tapped.
TOO_SMALL = """() => [...document.querySelectorAll('a, button, input, select, textarea, summary')].filter(one => {
  const box = one.getBoundingClientRect()
  if (!box.width || one.matches('.skip, .unseen, p a, li a, .kicker a, h2 a, dialog *')) return false
  return box.width < 24 || box.height < 24
}).map(one => one.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("width", [390, 768])
def test_on_a_touch_screen_everything_can_be_tapped(browser, served, width):
    page = opened(browser, served, {"width": width, "height": 840}, touch=True)
    for path in ("/", f"/mark/style/{served.desk.roll.code('eve')}", "/groups", "/second", "/requests", "/search?q=s0"):
        page.goto(f"{served.url}{path}")
        page.wait_for_load_state("networkidle")
        assert page.evaluate(TOO_SMALL) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.context.close()
