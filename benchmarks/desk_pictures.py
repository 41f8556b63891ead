"""Pictures of the marking desk for its document: `python -m benchmarks.desk_pictures RESULTS [FOLDER]`.

Without FOLDER the document's own are made anew; a FOLDER also gets those of narrow screens and in the dark. RESULTS are
those of `eie4122_lab3`'s samples (`make grade HW=eie4122_lab3`); marks are given in a copy of them.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import threading
import time
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Literal

import uvicorn
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from grader.catalog import load_assignment, reference_root
from grader.desk.app import app
from grader.desk.desk import Desk, opened
from grader.desk.recording import Decision, base_of
from grader.desk.serve import Listening, bound, hosts_of
from grader.gradebook.desk_records import RubricItem, insert_item

CRITERION = "explains_relu"
ITEMS = (
    ("Says that the derivative of ReLU is 1 where a unit is active", "6"),
    ("Tells of sigmoid and tanh, whose derivative is below 1", "5"),
    ("Quotes own histograms for it", "4"),
    ("Mistakes the activation for the gradient", "-3"),
)
GIVEN = ((1, 2, 3), (1, 2), (1,), (1, 2, 4), (1, 2, 3))
COLOURS = 128
Look = tuple[int, Literal["light", "dark"], str]
IN_THE_DOCUMENT: tuple[Look, ...] = ((1280, "light", ""),)
EVERY: tuple[Look, ...] = (*IN_THE_DOCUMENT, (1280, "dark", "-dark"), (800, "light", "-800"), (400, "light", "-400"))


def prepare(desk: Desk) -> None:
    """Items, and marks of two people."""
    with desk.roll.book.transaction() as connection:
        for words, worth in ITEMS:
            insert_item(connection, RubricItem(0, 0, CRITERION, words, Decimal(worth), "A. Kay"))
    for number, (code, items) in enumerate(zip(sorted(desk.roll.now()), GIVEN, strict=False)):
        entry = desk.roll.now()[code]
        mark = entry.mark(CRITERION)
        assert mark is not None
        decision = Decision(code, CRITERION, base_of(desk.roll, entry, mark), items)
        desk.recorder.record([decision], ("A. Kay", "B. Ode")[number % 2], f"picture {number}")


def take(page: Page, path: Path) -> None:
    """A small file: few colours are enough for a page."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path, animations="disabled")
    Image.open(path).convert("RGB").quantize(COLOURS).save(path, optimize=True)


def pictures(desk: Desk, base: str, folder: Path, looks: tuple[Look, ...]) -> None:
    """The pages that the document shows, and those of a narrow screen and in the dark to look at."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for width, scheme, mark in looks:
            page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
            page.goto(f"{base}/?key={desk.secret}")
            page.fill("#name", "A. Kay")
            page.keyboard.press("Enter")
            page.wait_for_selector("text=How you go through the class")
            take(page, folder / f"desk-overview{mark}.png")
            page.goto(f"{base}/next?criterion={CRITERION}")
            page.wait_for_selector("#mark")
            page.keyboard.press("1")
            page.keyboard.press("2")
            take(page, folder / f"desk-mark{mark}.png")
            page.goto(f"{base}/item/2")
            page.fill("#worth", "4")
            page.click("text=Whose points change?")
            take(page, folder / f"desk-item{mark}.png")
            page.goto(f"{base}/groups")
            take(page, folder / f"desk-groups{mark}.png")
        browser.close()


def main(results: Path, folder: Path | None) -> None:
    """Serve a copy of the results and take the pictures."""
    looks = EVERY if folder else IN_THE_DOCUMENT
    with tempfile.TemporaryDirectory() as space:
        copy = Path(space) / "results"
        shutil.copytree(results, copy)
        with opened(copy, partial(load_assignment, root=reference_root(None))) as desk:
            desk.works.read(frozenset(entry.stored.submission_sha256 for entry in desk.roll.now().values()))
            prepare(desk)
            listener = bound(Listening())
            port = listener.getsockname()[1]
            config = uvicorn.Config(
                app(desk, hosts_of(Listening(), port)), log_level="critical", lifespan="off", ws="none"
            )
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.05)
            pictures(desk, f"http://127.0.0.1:{port}", folder or Path("docs"), looks)
            server.should_exit = True
            thread.join(20)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
