"""Pages in the system's Chromium, in the fonts of the reports."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAM = "/usr/bin/chromium"
FONTS = Path(__file__).parents[1] / "templates" / "fonts"
FACES = (("Inter", 400, "Inter-Regular.otf"), ("Inter", 600, "Inter-SemiBold.otf"), ("Inter", 700, "Inter-Bold.otf"))


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser; its own sandbox does not start for root."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def fonts() -> str:
    """A style sheet with which a page looks the same on every machine."""
    return "\n".join(
        f"@font-face {{ font-family: '{family}'; font-weight: {weight}; "
        f"src: url(data:font/otf;base64,{base64.b64encode((FONTS / file).read_bytes()).decode()}) }}"
        for family, weight, file in FACES
    )


def violations(page: Page) -> list[str]:
    """What axe finds, each with the rule and the first element concerned."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]} ({len(one['nodes'])} of them)" for one in found]
