"""The sample submissions of `eie4122_lab3`: what each student hands in, by path."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache

import pikepdf
import texts
from pages import Figure, Report, html
from spiral_notebook import NOTEBOOK

BOTTOM_FF, UPPER_FF = (
    "Histogram of the weights in the bottom layer of FFNet",
    "Weights in the upper layer of FFNet: histogram",
)
BOTTOM_RES, UPPER_RES = (
    "Histogram of the weights in the bottom layer of ResNet",
    "Weight histogram, upper layer of ResNet",
)
FIELDS = {
    "FIG_FF_BOTTOM": "Figure 1",
    "FIG_FF_UPPER": "Figure 2",
    "FIG_RES_BOTTOM": "Figure 3",
    "FIG_RES_UPPER": "Figure 4",
    "FIG_STRUCTURE": "Figure 5",
}
DATE = "2026-11-01"


def right(style: str = "plain", form: str = "Figure {}: {}.", **changes: object) -> Report:
    """A report that has all that is asked, in one of the styles; `form` is how it writes captions."""
    captions = [
        form.format(number, text)
        for number, text in enumerate((BOTTOM_FF, UPPER_FF, BOTTOM_RES, UPPER_RES, "Structure of the ResNet"), 1)
    ]
    above = bool(changes.pop("above", False))
    kind = str(changes.pop("kind", "histogram"))
    figures = [Figure(caption, kind, above) for caption in captions[:4]] + [Figure(captions[4], "diagram", above)]
    report = Report(
        "Gradient Vanishing and ResNet",
        (
            "# 1. Introduction",
            texts.INTRODUCTION,
            texts.DATA,
            "# 2. Further investigations",
            texts.FFNET_RESULT,
            texts.RESNET_RESULT,
            "# 3. Histograms",
            texts.HISTOGRAMS_FFNET,
            *figures[:2],
            texts.HISTOGRAMS_RESNET,
            *figures[2:4],
            "# 4. Structure",
            texts.STRUCTURE,
            figures[4],
            "# 5. Why ResNet can be deep",
            texts.WHY_RESNET,
            "# 6. Why ReLU helps",
            texts.WHY_RELU,
            "# 7. Conclusion",
            texts.MORE,
            texts.CONCLUSION,
        ),
        style,
        fields=FIELDS,
    )
    return replace(report, **changes)  # type: ignore[arg-type]


def edited(edit: Callable[[str | Figure], str | Figure | None], style: str = "plain", **changes: object) -> Report:
    """A right report with each part changed, or left out where `edit` gives None."""
    report = right(style, **changes)
    return replace(report, parts=tuple(part for old in report.parts if (part := edit(old)) is not None))


def pdf(report: Report) -> bytes:
    """The report as PDF; the same bytes every time."""
    from weasyprint import HTML

    document = HTML(string=html(report)).render()
    document.metadata.created = document.metadata.modified = f"{DATE}T12:00:00Z"
    content: bytes = document.write_pdf()
    return content


def without(*texts_left_out: str) -> Callable[[str | Figure], str | Figure | None]:
    """Leave out the parts with these texts."""
    return lambda part: None if part in texts_left_out else part


def captions(change: Callable[[str], str | None]) -> Callable[[str | Figure], str | Figure | None]:
    """Change captions; None leaves the figure out."""

    def edit(part: str | Figure) -> str | Figure | None:
        if isinstance(part, str):
            return part
        caption = change(part.caption)
        return None if caption is None else replace(part, caption=caption)

    return edit


def _swapped(part: str | Figure) -> str | Figure:
    """Figures 2 and 3 with each other's numbers."""
    if isinstance(part, str):
        return part
    numbers = {"Figure 2": "Figure 3", "Figure 3": "Figure 2"}
    start = part.caption[:8]
    return replace(part, caption=numbers.get(start, start) + part.caption[8:])


def _without_picture(part: str | Figure) -> str | Figure:
    """Captions of histograms that are not there."""
    return replace(part, kind="none") if isinstance(part, Figure) and part.kind == "histogram" else part


def _without_layers(part: str | Figure) -> str | Figure:
    """Histograms of both networks that do not tell which layer they show."""
    if isinstance(part, Figure):
        caption = re.sub(r"in the bottom layer (?=of)|in the upper layer |, upper layer", "", part.caption)
        return replace(part, caption=caption)
    if part == texts.HISTOGRAMS_FFNET:
        return "The histograms tell the same story. {FIG_FF_BOTTOM} and {FIG_FF_UPPER} belong to FFNet."
    if part == texts.HISTOGRAMS_RESNET:
        return "{FIG_RES_BOTTOM} and {FIG_RES_UPPER} belong to ResNet, whose weights move a lot more."
    return part


def image_only(report: Report) -> bytes:
    """A scan: the pages as pictures."""
    import pypdfium2

    pages = [page.render(scale=0.7).to_pil().convert("1") for page in pypdfium2.PdfDocument(pdf(report))]
    file = io.BytesIO()
    # Without dates, so that the bytes are the same every time.
    pages[0].save(file, "PDF", save_all=True, append_images=pages[1:], resolution=50.4, creationDate=None, modDate=None)
    return file.getvalue()


def encrypted(content: bytes) -> bytes:
    """Only readable with a password."""
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(content)) as document:
        document.save(file, encryption=pikepdf.Encryption(user="hat", owner="coat"))
    return file.getvalue()


def docx() -> bytes:
    """Enough of a Word document."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("[Content_Types].xml", "word/document.xml"):
            archive.writestr(
                zipfile.ZipInfo(name, (2026, 11, 1, 12, 0, 0)), f"<w:document>{texts.INTRODUCTION}</w:document>"
            )
    return file.getvalue()


@cache
def samples() -> Mapping[str, Mapping[str, bytes]]:
    """Files by student."""
    plain = pdf(right())
    return {
        **{student: {"report.pdf": pdf(report)} for student, report in (RIGHT | WRONG).items()},
        "farah": {"EIE4122_lab3_farah.pdf": pdf(right("word")), "Gradient_vanishing.ipynb": NOTEBOOK},
        "quang": {"report.docx": docx()},
        "rania": {"report.pdf": docx()},
        "sami": {"report.pdf": plain, "report.docx": docx()},
        "tove": {"report.pdf": plain, "old.pdf": pdf(_SHORT)},
        "uri": {"report.pdf": encrypted(plain)},
        "vito": {"report.pdf": plain[: len(plain) // 3]},
        "wen": {"report.pdf": b""},
        "xola": {"report.txt": texts.INTRODUCTION.encode()},
        "yael": {"scan.pdf": image_only(right())},
    }


RIGHT: Mapping[str, Report] = {
    "amara": right(),
    "bjorn": right("columns", "Fig. {}. {}."),
    "chen": right("plain", "Figure {} – {}", above=True, kind="drawing"),
    "dilan": replace(
        right("word", "Figure {} {}"),
        parts=(
            "<h2>Contents</h2><p>1. Introduction .............. 2<br>2. Further investigations ........ 2</p>",
            *right("word", "Figure {} {}").parts,
        ),
    ),
    "emeka": right("ieee", "Fig. {}. {}.", fields={name: f"Fig. {text[-1]}" for name, text in FIELDS.items()}),
    "goran": edited(
        lambda part: f"| {texts.SUMMARY}" if isinstance(part, Figure) and part.kind == "diagram" else part,
        "landscape",
        fields=FIELDS | {"FIG_STRUCTURE": "the summary below"},
    ),
    "hana": Report(
        "Lab 3",
        (
            "# Introduction",
            texts.INTRODUCTION,
            texts.DATA,
            "# Results",
            texts.FFNET_RESULT,
            texts.RESNET_RESULT,
            "# Histograms",
            texts.HISTOGRAMS_FFNET,
            Figure("Figure 1. FFNet: weight distributions of the first and last hidden layer."),
            texts.HISTOGRAMS_RESNET,
            Figure("Figure 2. The same distributions for ResNet, first and last layer."),
            "# Structure",
            texts.STRUCTURE,
            Figure("Figure 3. A block of the residual network.", "diagram"),
            "# Explanations",
            texts.WHY_RESNET,
            texts.WHY_RELU,
            texts.CONCLUSION,
            "Figure 1 shows on its left the bottom layer and on its right the upper one, and so does Figure 2.",
        ),
        "typewriter",
        fields={
            "FIG_FF_BOTTOM": "Figure 1(a)",
            "FIG_FF_UPPER": "Figure 1(b)",
            "FIG_RES_BOTTOM": "Figure 2(a)",
            "FIG_RES_UPPER": "Figure 2(b)",
            "FIG_STRUCTURE": "Figure 3",
        },
    ),
}

_FILLER = "<p class=hidden>" + " ".join(texts.MORE.split() * 3) + "</p>"
_PROGRAM = "".join(texts.CODE.replace("resnet", f"resnet_{number}") for number in range(9))
_SHORT = edited(without(texts.MORE, texts.DATA, texts.CONCLUSION, texts.INTRODUCTION, texts.RESNET_RESULT))
_AGAIN = (texts.INTRODUCTION, texts.DATA, texts.FFNET_RESULT, texts.RESNET_RESULT, texts.CONCLUSION)
_UNNAMED = FIELDS | dict.fromkeys(FIELDS, "The picture below")

WRONG: Mapping[str, Report] = {
    "ida": edited(without(texts.MORE, texts.DATA, texts.CONCLUSION, texts.INTRODUCTION)),
    "jorge": right(parts=(*right().parts, "# 8. Appendix", *_AGAIN, texts.MORE, *_AGAIN)),
    "kofi": replace(_SHORT, parts=(*_SHORT.parts, "# Program", f"| {_PROGRAM}")),
    "lena": replace(_SHORT, parts=(*_SHORT.parts, _FILLER)),
    "mirko": edited(without(texts.MORE, texts.INTRODUCTION, texts.FFNET_RESULT)),
    "nadia": right(parts=(*right().parts, *_AGAIN, texts.CONCLUSION)),
    "odile": edited(
        captions(lambda text: "Figure 1: Structure of the ResNet." if "Structure" in text else None),
        fields={"FIG_STRUCTURE": "Figure 1"},
    ),
    "pablo": edited(
        captions(lambda text: None if re.search("Figure [34]", text) else text.replace("e 5", "e 3")),
        fields={**FIELDS, "FIG_RES_BOTTOM": "They", "FIG_RES_UPPER": "it", "FIG_STRUCTURE": "Figure 3"},
    ),
    "quinn": edited(
        captions(lambda text: None if "pper" in text else text.replace("e 3", "e 2").replace("e 5", "e 3")),
        fields={
            "FIG_FF_BOTTOM": "Figure 1",
            "FIG_RES_BOTTOM": "Figure 2",
            "FIG_STRUCTURE": "Figure 3",
            "FIG_FF_UPPER": "TensorBoard",
            "FIG_RES_UPPER": "TensorBoard",
        },
    ),
    "ruth": edited(_without_picture),
    "stig": edited(_without_layers),
    "thea": edited(
        captions(lambda text: None if "Structure" in text else text),
        fields=FIELDS | {"FIG_STRUCTURE": "the course's notebook"},
    ),
    "umar": edited(captions(lambda text: text.replace("the ResNet", "FFNet"))),
    "vera": edited(captions(lambda text: text.split(": ", 1)[1]), fields=_UNNAMED),
    "waldo": edited(_swapped),
    "xena": right(fields=_UNNAMED),
    "yngve": edited(captions(lambda text: text.replace("Figure 4", "Figure 3"))),
}
