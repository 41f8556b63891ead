"""Pictures and files that pages show: each with its type, none of which can run anything."""

from __future__ import annotations

from functools import cache
from pathlib import PurePosixPath
from urllib.parse import quote

from starlette.responses import Response

from grader.desk import sight
from grader.desk.asked import NoSuchPage, PageAsked
from grader.desk.page_pictures import NoPicture
from grader.desk.shown_code import PICTURES
from grader.desk.works import Kept
from grader.report.page.paths import FONTS, TEMPLATES

INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"  # even where a picture is opened by itself
STATIC = TEMPLATES / "desk" / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".otf": "font/otf", ".ttf": "font/ttf", ".svg": "image/svg+xml"}


def figure(asked: PageAsked) -> Response:
    """`GET /figure/CRITERION/CODE/N`: an exhibit that we drew."""
    entry = asked.entry(asked.path("code"))
    marks = asked.desk.shown(entry).marks
    mark = next((one for one in marks if one.criterion == asked.path("criterion")), None)
    svg = sight.svg_of(mark, _number(asked)) if mark else None
    if svg is None:
        raise NoSuchPage
    return _inert(svg, "image/svg+xml")


def _number(asked: PageAsked, name: str = "number") -> int:
    text = asked.path(name)
    if not text.isdecimal() or len(text) > 6:
        raise NoSuchPage
    return int(text)


def _inert(content: bytes, kind: str) -> Response:
    return Response(
        content, media_type=kind, headers={"content-security-policy": INERT, "cache-control": "private, max-age=600"}
    )


def _file(asked: PageAsked) -> Kept:
    kept = asked.desk.works.of(asked.entry(asked.path("code")).stored.submission_sha256)
    number = _number(asked, "file")
    if number >= len(kept):
        raise NoSuchPage
    return kept[number]


def file(asked: PageAsked) -> Response:
    """`GET /file/CODE/FILE`: a file as it was handed in, to be kept and not to be shown."""
    found = _file(asked)
    name = quote(PurePosixPath(found.path).name)
    inert = _inert(found.content, "application/octet-stream")
    inert.headers["content-disposition"] = f"attachment; filename*=UTF-8''{name}"
    return inert


def output(asked: PageAsked) -> Response:
    """`GET /output/CODE/FILE/CELL/N`: a picture that a notebook holds, as PNG or JPEG."""
    cell, number = _number(asked, "cell"), _number(asked)
    part = next((one for one in sight.parts_of(_file(asked)) if one.cell == cell), None)
    if part is None or number >= len(part.outputs) or part.outputs[number].kind not in PICTURES:
        raise NoSuchPage
    return _inert(part.outputs[number].picture, part.outputs[number].kind)


def page(asked: PageAsked) -> Response:
    """`GET /page/CODE/FILE/N`: a page of a PDF, drawn in the sandbox."""
    found = _file(asked)
    if found.kind != "pdf":
        raise NoSuchPage
    return _inert(asked.desk.pictures.page(found, _number(asked)), "image/png")


def pages(asked: PageAsked) -> Response:
    """`GET /pages/CODE/FILE`: all pages of a PDF, each loaded when it comes into sight."""
    found = _file(asked)
    if found.kind != "pdf":
        raise NoSuchPage
    try:
        count, problem = asked.desk.pictures.count(found), ""
    except NoPicture as error:
        count, problem = 0, str(error)
    part = "pages_part.html.j2" if asked.request.headers.get("hx-request") else "pages.html.j2"
    return asked.page(
        part,
        title=found.path,
        file=_number(asked, "file"),
        path=found.path,
        code=asked.path("code"),
        count=count,
        problem=problem or ("" if count else f"{found.path} is no PDF that can be read"),
    )


@cache
def _static() -> dict[str, bytes]:
    """Everything that may be asked for by name; no name reaches the disk."""
    fonts = {path.name: path.read_bytes() for path in FONTS.iterdir() if path.suffix in TYPES}
    return {**fonts, **{path.name: path.read_bytes() for path in STATIC.iterdir() if path.suffix in TYPES}}


def static(asked: PageAsked) -> Response:
    """`GET /static/NAME`."""
    name = asked.path("name")
    if name not in _static():
        raise NoSuchPage
    kind = TYPES[f".{name.rpartition('.')[2]}"]
    return Response(_static()[name], media_type=kind, headers={"cache-control": "private, max-age=600"})
