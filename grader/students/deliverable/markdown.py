"""`report.md` → parts. CommonMark with tables and mathematics; captions and labels as in

    ![Loss against step.](loss.svg){#fig-loss}        a figure: a paragraph that is one image
    : Accuracy on held-out images. {#tab-acc}         the caption of the table or code block right above
    $$ v = \\beta v + g $$ (eq-momentum)              an equation
    # Results {#sec-results}                          a section
    ```python file=net.py lines=10-40                 lines of a file of the work
    @fig-loss, @tab-acc, @eq-momentum, @sec-results   references, also to what comes later

Raw HTML is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from grader.errors import UserError
from grader.students.deliverable.parts import Code, Equation, Grid, Heading, Part, Picture, Prose, Source

MAX_CHARS = 400_000
_LABEL = re.compile(r"\s*\{#([a-z][A-Za-z0-9_-]*)\}\s*$")
_LINES = re.compile(r"(\d{1,6})-(\d{1,6})")


class ReportSourceError(UserError):
    """The report cannot be read. The message is for the student."""


def parser() -> MarkdownIt:
    """The dialect of Markdown."""
    made = MarkdownIt("commonmark", {"html": False, "typographer": True})
    made.enable(["table", "strikethrough", "replacements", "smartquotes"])
    return (
        made.use(front_matter_plugin)
        .use(dollarmath_plugin, allow_digits=False, double_inline=False)
        .use(attrs_plugin, after=("image",))
    )


def read_source(text: str) -> Source:
    """The parts of a report. Raises ReportSourceError."""
    if len(text) > MAX_CHARS:
        raise ReportSourceError(f"report.md: expected at most {MAX_CHARS:,} characters, found {len(text):,}")
    tokens = parser().parse(text)
    return Source(_head(tokens), tuple(_Reader(tokens).parts()))


def _head(tokens: list[Token]) -> dict[str, str]:
    content = tokens[0].content if tokens and tokens[0].type == "front_matter" else ""
    pairs = (line.partition(":") for line in content.splitlines())
    return {name.strip().lower(): value.strip().strip("\"'") for name, colon, value in pairs if colon}


class _Reader:
    """Goes over the tokens block by block; parts without a label get one of their own."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens, self.unnamed = tokens, 0

    def parts(self) -> Iterator[Part]:
        index = 0
        while index < len(self.tokens):
            end = self.end(index)
            caption, after = self.caption_at(end)
            part = self.part(index, end, caption)
            if isinstance(part, Grid | Code):
                end = after
            if part is not None:
                yield part
            index = end

    def end(self, index: int) -> int:
        """Where the block that begins at `index` is over."""
        depth = 0
        for position in range(index, len(self.tokens)):
            depth += self.tokens[position].nesting
            if depth == 0:
                return position + 1
        return len(self.tokens)

    def part(self, index: int, end: int, caption: tuple[Token, str] | None) -> Part | None:
        token = self.tokens[index]
        text, label = caption or (None, "")
        made: Part | None = Prose(tuple(self.tokens[index:end]))
        match token.type:
            case "front_matter":
                made = None
            case "heading_open":
                inline = self.tokens[index + 1]
                made = Heading(_take_label(inline) or self.label("sec"), int(token.tag[1]), inline)
            case "table_open":
                made = Grid(label or self.label("tab"), tuple(self.rows(index, end)), text)
            case "fence" | "code_block":
                made = self.code(token, label, text)
            case "math_block" | "math_block_label":
                made = Equation(token.info or self.label("eq"), token.content.strip())
            case "paragraph_open" if picture := self.picture(self.tokens[index + 1]):
                made = picture
        return made

    def picture(self, inline: Token) -> Picture | None:
        children = inline.children or []
        if len(children) != 1 or children[0].type != "image":
            return None
        image = children[0]
        caption = Token("inline", "", 0, content=image.content, children=image.children or [])
        label = str(image.attrs.get("id") or self.label("fig"))
        alt = str(image.attrs.get("alt") or image.attrs.get("title") or image.content)
        return Picture(label, str(image.attrs.get("src", "")), caption, alt)

    def rows(self, index: int, end: int) -> Iterator[tuple[Token, ...]]:
        row: list[Token] = []
        for token in self.tokens[index:end]:
            if token.type == "inline":
                row.append(token)
            elif token.type == "tr_close":
                yield tuple(row)
                row = []

    def code(self, token: Token, label: str, caption: Token | None) -> Code:
        words = token.info.split()
        options = dict(word.split("=", 1) for word in words if "=" in word)
        language = next((word for word in words if "=" not in word), "text")
        lines = None
        if "lines" in options:
            if not (found := _LINES.fullmatch(options["lines"])):
                raise ReportSourceError(f"a code block: expected lines=FIRST-LAST, found lines={options['lines'][:40]}")
            lines = (int(found[1]), int(found[2]))
        return Code(label or self.label("lst"), token.content, language, options.get("file"), lines, caption)

    def caption_at(self, index: int) -> tuple[tuple[Token, str] | None, int]:
        """The caption that a paragraph beginning with `: ` is for the block above it, and where it ends."""
        following = self.tokens[index : index + 2]
        if [token.type for token in following] != ["paragraph_open", "inline"] or not following[1].content.startswith(
            ": "
        ):
            return None, index
        inline = following[1]
        label = _take_label(inline)
        first = (inline.children or [])[0]
        first.content = first.content.removeprefix(": ").removeprefix(":")
        return (inline, label), index + 3

    def label(self, kind: str) -> str:
        self.unnamed += 1
        return f"{kind}-unnamed-{self.unnamed}"


def _take_label(inline: Token) -> str:
    """The `{#label}` at the end of a line of text, which is removed from it."""
    last = inline.children[-1] if inline.children else inline
    if last.type != "text" or not (found := _LABEL.search(last.content)):
        return ""
    last.content = last.content[: found.start()]
    return found[1]
