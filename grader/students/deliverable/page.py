"""Parts → numbered blocks → HTML → PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Literal

from markupsafe import Markup

from grader.exhibit import Exhibit, Formula, Listing, Table
from grader.report import exhibits
from grader.report.model import ReportError
from grader.report.page import text
from grader.report.page.blocks import Block, FigureBlock
from grader.report.page.numbering import Kind, Numbering
from grader.report.page.pdf import html_to_pdf
from grader.report.page.template import render
from grader.students.deliverable import run_data
from grader.students.deliverable.markdown import ReportSourceError, read_source
from grader.students.deliverable.parts import Code, Equation, Grid, Heading, Picture, Prose, Source
from grader.students.deliverable.pictures import picture
from grader.students.deliverable.prose import Writer
from grader.submission import Submission

KINDS: tuple[tuple[type, Kind], ...] = (
    (Heading, "Section"),
    (Picture, "Figure"),
    (Grid, "Table"),
    (Code, "Listing"),
    (Equation, "Equation"),
)
NEVER_DATED = datetime(2000, 1, 1, tzinfo=UTC)  # the same report gives the same bytes
RUN = "run:"
MAX_LINES = 1500  # of one listing


@dataclass(frozen=True)
class ReportSection:
    """A heading as the template draws it."""

    label: str
    level: int
    number: int | None
    title: Markup
    kind: str = "heading"


@dataclass(frozen=True)
class Made:
    """The PDF; `words` of prose; `remarks` are what its author should look at."""

    pdf: bytes
    words: int
    remarks: tuple[str, ...]


def make_report(markdown: str, work: Submission) -> Made:
    """The report of a folder of work. The files that match `source:` of its head are listed at its end.

    Raises ReportSourceError with everything that is wrong with it.
    """
    files = {file.path: file.content for file in work.files}
    source = read_source(markdown)
    run = run_data.read_run(files.get(run_data.FILE))
    source = replace(source, parts=(*source.parts, *_appendix(source.head.get("source", "").split(), files)))
    page = _Page(source, files, run)
    html = page.html()
    if page.problems:
        raise ReportSourceError("the report is not right yet:\n" + "\n".join(f"  - {one}" for one in page.problems))
    try:
        pdf = html_to_pdf(html, page.assets, NEVER_DATED)
    except ReportError as error:
        raise ReportSourceError(f"{error}\nhint: save a picture that is refused as PNG") from None
    return Made(pdf, page.writer.words, tuple(page.remarks()))


def _appendix(patterns: Sequence[str], files: Mapping[str, bytes]) -> Iterator[Heading | Code]:
    """Whole files of the work, as listings under a heading of their own."""
    from markdown_it.token import Token

    names = [name for name in sorted(files) if any(fnmatchcase(name.rpartition("/")[2], p) for p in patterns)]
    if names:
        words = [Token("text", "", 0, content="Source code")]
        yield Heading("sec-source-code", 1, Token("inline", "", 0, content="Source code", children=words))
    for number, name in enumerate(names, 1):
        yield Code(f"lst-source-{number}", "", "python", name, None, None)


class _Page:
    def __init__(self, source: Source, files: Mapping[str, bytes], run: Mapping[str, Any]) -> None:
        self.source, self.files, self.run = source, files, run
        self.numbering = Numbering()
        self.assets: dict[str, bytes] = {}
        self.own_problems: list[str] = []
        self._define()
        self.writer = Writer(self.numbering, run)

    @property
    def problems(self) -> list[str]:
        return [*self.own_problems, *self.writer.problems]

    def _define(self) -> None:
        for part in self.source.parts:
            kind = next((kind for of, kind in KINDS if isinstance(part, of)), None)
            if kind is None or (isinstance(part, Heading) and part.level > 1) or isinstance(part, Prose):
                continue
            try:
                self.numbering.define(part.label, kind)
            except ReportError as error:
                self.own_problems.append(str(error))

    def html(self) -> str:
        blocks = [block for part in self.source.parts if (block := self._tried(part)) is not None]
        self.assets |= exhibits.assets([block for block in blocks if not isinstance(block, ReportSection | Markup)])
        self.assets |= self.writer.formulas
        head = self.source.head
        return render(
            "deliverable.html.j2",
            title=text.line(head.get("title", "Report"), 200),
            author=text.name(head["author"]) if "author" in head else "",
            course=text.line(head.get("course", ""), 120),
            blocks=blocks,
            contents=[block for block in blocks if isinstance(block, ReportSection) and block.level == 1],
            words=self.writer.words,
        )

    def _tried(self, part: Any) -> Block | ReportSection | Markup | None:
        try:
            return self._block(part)
        except (ReportSourceError, ReportError) as error:
            self.own_problems.append(str(error))
            return None

    def _block(self, part: Any) -> Block | ReportSection | Markup:
        match part:
            case Heading():
                number = self.numbering.number(part.label) if part.level == 1 else None
                return ReportSection(part.label, part.level, number, self.writer.inline(part.text))
            case Picture():
                return self._picture(part)
            case Grid():
                caption = self.writer.plain(part.caption) if part.caption else ""
                head, *rows = [tuple(self.writer.plain(cell) for cell in row) for row in part.rows]
                return self._numbered(Table("x", "", caption, head, tuple(rows)), part.label)
            case Code():
                return self._numbered(self._listing(part), part.label)
            case Equation():
                return self._numbered(Formula("x", "", "", part.latex), part.label)
            case _:
                return self.writer.blocks(part.tokens)

    def _numbered(self, exhibit: Exhibit, label: str) -> Block:
        return exhibits.drawn(exhibit, label, self.numbering.number(label), MAX_LINES)

    def _picture(self, part: Picture) -> Block:
        caption = self.writer.plain(part.caption)
        alt = text.line(part.alt, 1000)
        if part.source.startswith(RUN):
            return self._numbered(run_data.exhibit(self.run, part.source.removeprefix(RUN), caption, alt), part.label)
        if part.source not in self.files:
            raise ReportSourceError(f"figure {part.source[:80]!r}: expected that file in the folder, found none")
        content = picture(part.source, self.files[part.source])
        return FigureBlock(part.label, self.numbering.number(part.label), "", caption, alt or caption, content)

    def _listing(self, part: Code) -> Listing:
        caption = self.writer.plain(part.caption) if part.caption else ""
        if part.file is None:
            return Listing("x", "", caption, "", part.content.rstrip("\n"), language=_language(part.language))
        if part.file not in self.files:
            raise ReportSourceError(f"listing {part.file[:80]!r}: expected that file in the folder, found none")
        code = self.files[part.file].decode("utf-8", "replace").splitlines()
        first, last = part.lines or (1, len(code))
        if not 1 <= first <= last <= max(1, len(code)):
            raise ReportSourceError(
                f"listing {part.file}: expected lines between 1 and {len(code)}, found {first}-{last}"
            )
        return Listing("x", "", caption, part.file, "\n".join(code[first - 1 : last]), first)

    def remarks(self) -> Iterator[str]:
        """What a marker would miss: figures, tables and equations that the text never speaks of, missing captions."""
        for part in self.source.parts:
            if not isinstance(part, Picture | Grid):
                continue
            name = f"{'Figure' if isinstance(part, Picture) else 'Table'} {self.numbering.number(part.label)}"
            if not part.caption or not self.writer.plain(part.caption):
                yield f"{name} has no caption"
            if not self.numbering.is_cited(part.label):
                yield f"{name} is never referred to in the text: write @{part.label} where you speak of it"


def _language(word: str) -> Literal["python", "text"]:
    return "python" if word in ("python", "py", "python3") else "text"
