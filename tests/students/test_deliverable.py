"""The student's report: Markdown and a run's data become a numbered, conforming PDF, or a list of what is wrong."""

from __future__ import annotations

import io
import json

import pytest
from core_examples import submission
from PIL import Image
from reading_pdf import captions, failed_rules, opened, qpdf_accepts, tags, text_of

from grader.students.deliverable.markdown import ReportSourceError, read_source
from grader.students.deliverable.page import make_report
from grader.students.deliverable.parts import Code, Equation, Grid, Heading, Picture, Prose

TEXT = """---
title: Gradient norms
author: Ada Lovelace
source: "net.py"
---

# Introduction {#sec-intro}

There are *words*, `code`, $\\lVert g \\rVert_2$ in a line, @fig-loss, @fig-conf, @fig-grad and @eq-norm.
The network has {run:learnable_layers} learnable layers, at rate {run:rate}. See @tab-ends, @lst-net and @sec-results.

- one <b>item</b> with a [link](https://example.org)

$$ g = \\frac{\\partial \\ell}{\\partial w} $$ (eq-norm)

# Results {#sec-results}

![Loss against step.](run:loss){#fig-loss}

![Confusion matrices.](run:confusion){#fig-conf}

![Mean gradients.](run:gradients){#fig-grad}

![A picture, see @fig-loss.](picture.jpg){#fig-picture}

| skip | norm |
|---|---|
| off | 0.1 |
| on | 3.2 |

: Mean norms. {#tab-ends}

```python file=net.py lines=2-3
```

: The network. {#lst-net}

## More

As @fig-picture shows.
"""
RUN = {
    "learnable_layers": 1082,
    "rate": 0.001,
    "loss": {"lr 0.001": [2.3, 1.9], "lr 0.0001": [2.3, None]},
    "confusion": {"classes": ["boat", "cake"], "lr 0.001": [[40, 2], [3, 39]]},
    "gradients": {"layers": ["conv1", "fc"], "with skip": [0.1, 0.2], "without": [0, 1e-9]},
}
NET = "import torch\nclass Net:\n    pass\n"


def picture(size=(30, 20)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "navy").save(buffer, "JPEG")
    return buffer.getvalue()


def work(**files):
    return submission({"net.py": NET, "picture.jpg": picture(), "run.json": json.dumps(RUN), **files})


@pytest.fixture(scope="module")
def made():
    return make_report(TEXT, work())


def test_the_pdf_conforms(made, tmp_path):
    assert failed_rules(made.pdf) == []
    assert qpdf_accepts(made.pdf, tmp_path)


def test_everything_is_numbered_in_order(made):
    assert captions(made.pdf, "Figure") == [1, 2, 3, 4]
    assert captions(made.pdf, "Table") == [1]
    text = text_of(made.pdf)
    assert "Listing 1 The network." in text
    assert "Equation 1" in text


def test_references_and_values_stand_in_the_text(made):
    text = " ".join(text_of(made.pdf).split())

    assert "Figure 1, Figure 2, Figure 3 and Equation 1" in text
    assert "has 1,082 learnable layers, at rate 0.001. See Table 1, Listing 1 and Section 2" in text
    assert "A picture, see Figure 1." in text
    assert "@" not in text
    assert "{run:" not in text


def test_raw_html_is_text(made):
    assert "one <b>item</b> with" in text_of(made.pdf)


def test_code_has_the_line_numbers_of_its_file(made):
    text = text_of(made.pdf)

    assert "class Net:" in text
    assert "lines 2–3" in text
    assert "lines 1–3" in text, "the whole file is listed at the end"


def test_every_figure_is_described(made):
    with opened(made.pdf) as document:
        figures = [tag for tag in tags(document) if tag.S == "/Figure"]

    assert len(figures) >= 6


def test_the_same_report_gives_the_same_bytes(made):
    assert make_report(TEXT, work()).pdf == made.pdf


def test_words_of_prose_are_counted_without_captions_code_and_tables():
    text = "# A heading\n\none two *three*\n\n![a caption](run:loss){#fig-loss}\n\n```\ncode here\n```\n\n@fig-loss\n"

    assert make_report(text, work()).words == 4


def test_what_the_text_never_speaks_of_is_remarked():
    found = make_report("![Loss.](run:loss){#fig-loss}\n\n| a |\n|---|\n| 1 |\n", work()).remarks

    assert found == (
        "Figure 1 is never referred to in the text: write @fig-loss where you speak of it",
        "Table 1 has no caption",
        "Table 1 is never referred to in the text: write @tab-unnamed-1 where you speak of it",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("see @fig-none", "unknown reference 'fig-none'"),
        ("{run:nothing}", "expected an entry 'nothing' in run.json, found confusion, gradients"),
        ("{run:loss}", "expected a number or a text in run.json, found a dict"),
        ("![x](run:rate){#fig-a}\n\n@fig-a", "expected named lists of numbers"),
        ("![x](missing.png){#fig-a}\n\n@fig-a", "figure 'missing.png': expected that file in the folder, found none"),
        ("![x](net.py){#fig-a}\n\n@fig-a", "net.py: expected a picture"),
        ("![x](/etc/passwd){#fig-a}\n\n@fig-a", "figure '/etc/passwd': expected that file in the folder"),
        ("![a](run:loss){#fig-a}\n\n![b](run:loss){#fig-a}\n\n@fig-a", "label 'fig-a': expected once, found twice"),
        ("text ![a](picture.jpg) text", "expected a paragraph of its own"),
        ("```python file=none.py\n```", "listing 'none.py': expected that file"),
        ("```python file=net.py lines=2-9\n```", "expected lines between 1 and 3, found 2-9"),
        ("$\\nonsense{x}$", "unknown commands"),
        ("$$ \\nonsense{x} $$", "unknown commands"),
    ],
)
def test_a_mistake_is_told(text, words):
    with pytest.raises(ReportSourceError) as error:
        make_report(text, work())

    assert words in str(error.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(ReportSourceError) as error:
        make_report("@fig-one and @fig-two\n\n![x](missing.png)\n", work())

    assert len(str(error.value).splitlines()) == 4


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("[1]", "expected an object of named entries"),
        ("{", "expected JSON"),
        ('{"loss": {"a": []}}', "expected a list of numbers"),
        ('{"loss": {"a": [1, "x"]}}', "expected numbers, found 'x'"),
        ('{"loss": {"classes": ["a", "b"], "m": [[1, 2]]}}', "expected 2 rows"),
        ('{"loss": {"classes": ["a", "b"], "m": [[1], [2]]}}', "expected 2 columns"),
        ('{"loss": {"layers": ["a", "b"], "m": [1]}}', "expected 2 values, found 1"),
        ('{"loss": {"layers": [1], "m": [1]}}', "expected a list of names"),
    ],
)
def test_a_run_that_cannot_be_drawn_says_why(run, words):
    with pytest.raises(ReportSourceError) as error:
        make_report("![x](run:loss){#fig-a}\n\n@fig-a", work(**{"run.json": run}))

    assert words in str(error.value)


@pytest.mark.parametrize(
    "text", ["", "plain", "---\ntitle: only\n---\n", "漢字 🎉 \u202e rtl", "a" * 20_000, "# " * 50]
)
def test_odd_reports_are_reports_too(text):
    assert make_report(text, work()).pdf.startswith(b"%PDF")


def test_a_report_that_is_far_too_long_is_refused():
    with pytest.raises(ReportSourceError, match="at most"):
        make_report("a" * 500_000, work())


def test_parts_are_recognised():
    kinds = [type(part) for part in read_source(TEXT).parts]

    assert kinds == [
        Heading,
        Prose,
        Prose,
        Equation,
        Heading,
        Picture,
        Picture,
        Picture,
        Picture,
        Grid,
        Code,
        Heading,
        Prose,
    ]
