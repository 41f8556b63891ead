"""What every report needs, made once, in the process that those which make reports are copies of (`worker.py`).

Importing this loads what reports import as they go, compiles the templates, parses the style sheet, reads the fonts and
sets a page of nothing: a copy's first report takes as long as its second.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module

from grader.report.page import fonts, pdf, template
from grader.report.wording import UNDATED

LOADED = (
    "grader.report.student.feedback",
    "grader.report.cohort.class_report",
    "grader.report.page.web",
    "numpy.ma",
    "pandas",
)
TEMPLATES = ("feedback.html.j2", "class.html.j2", "macros.html.j2")
PAGE = """<!DOCTYPE html><html lang="en"><head><title>Nothing</title></head><body>
<h1>Nothing</h1><p>At <strong>all</strong> <em>of</em> <code>it</code>, <a href="https://example.org">anywhere</a></p>
<table><caption>None</caption><thead><tr><th scope="col">Of</th></tr></thead><tbody><tr><td>it</td></tr></tbody></table>
</body></html>"""

for name in LOADED:
    with suppress(ImportError):  # pandas is an extra
        import_module(name)
with suppress(Exception):  # what is wrong here, the first report tells
    template.compile_all(TEMPLATES)
    fonts.page_glyphs()
    pdf.html_to_pdf(PAGE, {}, UNDATED)
