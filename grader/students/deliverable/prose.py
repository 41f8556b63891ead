"""Text of a report as HTML: references become links, `{run:NAME}` a value, `$…$` a picture of the formula."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markdown_it.token import Token
from markupsafe import Markup, escape

from grader.report.model import ReportError
from grader.report.page import text
from grader.report.page.formula import formula_svg
from grader.report.page.numbering import Numbering
from grader.students.deliverable import run_data
from grader.students.deliverable.markdown import ReportSourceError, parser

_REFERENCE = re.compile(r"@((?:fig|tab|lst|eq|sec)-[A-Za-z0-9_-]*[A-Za-z0-9])|\{run:([A-Za-z0-9_.-]+)\}")
_BOX = re.compile(rb'viewBox="[-\d.]+ ([-\d.]+) [-\d.]+ ([-\d.]+)"')


class Writer:
    """Writes inline text and whole blocks; formulas it met are in `formulas`, mistakes in `problems`."""

    def __init__(self, numbering: Numbering, run: Mapping[str, Any]) -> None:
        self.numbering, self.run = numbering, run
        self.formulas: dict[str, bytes] = {}
        self.problems: list[str] = []
        self.words = 0
        self.markdown = parser()
        rules: dict[str, Callable[..., str]] = {
            "text": self._text,
            "math_inline": self._math,
            "code_inline": self._code,
            "image": self._image,
        }
        renderer: Any = self.markdown.renderer
        for name, rule in rules.items():
            renderer.rules[name] = rule

    def inline(self, token: Token) -> Markup:
        """One line of text, already escaped."""
        return Markup(self.markdown.renderer.render([token], self.markdown.options, {}))  # noqa: S704 - the rules escape

    def blocks(self, tokens: Sequence[Token]) -> Markup:
        """Paragraphs, lists and quotations; their words are counted."""
        self.words += sum(_words(token) for token in tokens if token.type == "inline")
        return Markup(self.markdown.renderer.render(list(tokens), self.markdown.options, {}))  # noqa: S704 - as above

    def plain(self, token: Token) -> str:
        """One line of text without any markup."""
        return " ".join(re.sub(r"<[^>]*>", "", self.inline(token)).split())

    def _text(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        content, written, position = tokens[index].content, Markup(), 0
        for found in _REFERENCE.finditer(content):
            written += escape(_fit(content[position : found.start()]))
            written += self._reference(found)
            position = found.end()
        return str(written + escape(_fit(content[position:])))

    def _reference(self, found: re.Match[str]) -> Markup:
        try:
            if found[2]:
                return escape(run_data.value(self.run, found[2]))
            return self.numbering.ref(found[1])
        except (ReportError, ReportSourceError) as error:
            self.problems.append(str(error))
            return escape(found[0])

    def _math(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        latex = tokens[index].content.strip()
        try:
            svg, width, height = formula_svg(latex)
        except ReportError as error:
            self.problems.append(str(error))
            return str(escape(latex))
        name = f"math-{len(self.formulas) + 1}"
        self.formulas[name] = svg
        box = _BOX.search(svg)
        depth = float(box[1]) + float(box[2]) if box else 0.0
        size = f"width:{width:.1f}pt;height:{height:.1f}pt;vertical-align:{-depth:.2f}pt"
        alt = f"Formula: {text.line(latex, 500)}"
        return str(Markup('<img class="math" src="asset:{}" alt="{}" style="{}">').format(name, alt, size))

    def _code(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return str(Markup("<code>{}</code>").format(_fit(tokens[index].content)))

    def _image(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        self.problems.append(
            f"image {str(tokens[index].attrs.get('src', ''))[:80]!r}: expected a paragraph of its own, found it in text"
        )
        return ""


def _fit(content: str) -> str:
    """Text that no font lacks and no page breaks at; blanks at both ends are kept."""
    core = content.strip()
    if not core:
        return content
    start = content.index(core)
    return content[:start] + text.line(core, 10**6) + content[start + len(core) :]


def _words(token: Token) -> int:
    return sum(len(child.content.split()) for child in token.children or [] if child.type == "text")
