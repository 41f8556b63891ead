"""Pages of reports in a real browser, at the widths of a phone, a tablet and a laptop."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import report_examples as examples
from chromium import chromium, fonts, violations
from PIL import Image
from test_web import MADE

from grader.report.page.web import standalone
from grader.report.stamp import identity

pytestmark = pytest.mark.costly

WIDTHS = (360, 768, 1280)
SCREENSHOTS = Path(__file__).parent / "screenshots"
THUMBNAIL = (64, 400)  # pixels: layout shows, the smoothing of letters does not
FAR = 6.0  # of 255: what two versions of a browser differ by is below 2, a column that moves is above 10


@pytest.fixture(scope="module")
def browser():
    with chromium() as one:
        yield one


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    for name, make in MADE.items():
        page = standalone(*make(), identity(examples.feedback()), sortable=name == "class")
        (folder / f"{name}.html").write_bytes(page)
    return folder


@pytest.fixture
def opened(browser, files):
    """A page by name and width; with `as_it_is`, under its own content security policy."""
    contexts = []

    def opened(name: str, width: int, *, scheme: str = "light", as_it_is: bool = False):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=not as_it_is
        )
        contexts.append(context)
        page = context.new_page()
        page.goto((files / f"{name}.html").as_uri())
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", MADE)
def test_pages_fit_the_width_and_anybody_can_use_them(opened, name, width):
    for scheme in ("light", "dark") if width == WIDTHS[-1] else ("light",):
        page = opened(name, width, scheme=scheme)

        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def height(picture: bytes) -> int:
    return Image.open(io.BytesIO(picture)).height


def thumbnail(picture: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(picture)).convert("L").resize(THUMBNAIL), dtype=float)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["feedback", "class"])
def test_pages_look_as_they_did_when_a_person_last_looked(opened, name, width, request):
    """After a change that is meant: delete the picture, run this, look at the new one, and commit it."""
    page = opened(name, width)
    page.add_style_tag(content=fonts())
    page.evaluate("document.fonts.ready")
    shot, kept = page.screenshot(full_page=True), SCREENSHOTS / f"{name}-{width}.png"
    if not kept.exists():
        Image.open(io.BytesIO(shot)).convert("L").quantize(8).save(kept, optimize=True)
        pytest.fail(f"{kept.name} was missing and has been made: look at it")

    assert height(shot) == pytest.approx(height(kept.read_bytes()), rel=0.03)
    assert np.abs(thumbnail(shot) - thumbnail(kept.read_bytes())).mean() < FAR


def test_the_class_is_sorted_by_a_click_and_back_by_another(opened):
    page = opened("class", 1280, as_it_is=True)

    def column(number: int) -> list[str]:
        return page.locator(f"table.roster tbody tr > :nth-child({number})").all_inner_texts()

    by_points = column(3)
    page.get_by_role("button", name="Student").click()
    names = column(2)
    page.get_by_role("button", name="Student").click()
    backwards = column(2)
    page.get_by_role("button", name="Points", exact=True).click()

    assert sorted(names) == sorted(backwards)
    assert page.evaluate("names => [...names].sort((a, b) => a.localeCompare(b))", names) == names
    assert backwards[0] == names[-1]
    assert [float(text.split()[0]) for text in column(3)] == sorted(float(text.split()[0]) for text in by_points)
    assert page.locator("th[aria-sort=ascending]").all_inner_texts() != []


def test_markup_that_runs_code_does_nothing(opened):
    page = opened("hostile", 1280, as_it_is=True)
    said = []
    page.on("dialog", lambda dialog: said.append(dialog.message))

    page.reload()

    assert said == []
    assert page.locator("script").count() == 0
