"""HTML of our own making, read with Python's XML parser: the same tree as an HTML parser's, in a twentieth of its time.

Private parts of WeasyPrint are used here; its version is pinned for it, and a test compares the trees.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

from cssselect2 import ElementWrapper
from weasyprint import HTML

ENTITIES = {"&nbsp;": "\u00a0", "&ensp;": "\u2002"}  # those of the templates that XML does not know
_DOCTYPE = re.compile(r"^\s*<!DOCTYPE html>\s*(?=<html)")  # nothing else, as entities, may be declared
_VOID = re.compile(r"<(br|col|hr|img|meta)\b([^<>]*)>")  # a `>` in an attribute is always escaped


class OwnHTML(HTML):  # type: ignore[misc]
    """A document for WeasyPrint, from a tree that is there already."""

    def __init__(self, tree: ET.Element, base_url: str, url_fetcher: Any) -> None:
        self.base_url, self.url_fetcher, self.media_type = base_url, url_fetcher, "print"
        self.wrapper_element = ElementWrapper.from_html_root(tree, content_language=None)
        self.etree_element = self.wrapper_element.etree_element


def tree_of(html: str) -> ET.Element | None:
    """The tree of a page; None for one that only an HTML parser understands."""
    text, found = _DOCTYPE.subn("", html)
    if not found:
        return None
    text = _VOID.sub(r"<\1\2/>", text)
    for name, char in ENTITIES.items():
        text = text.replace(name, char)
    try:
        return ET.fromstring(text)  # noqa: S314 - no document type, so no entities to expand
    except ET.ParseError:
        return None


def document_of(html: str, base_url: str, url_fetcher: Any) -> Any:
    """A page as WeasyPrint takes it."""
    tree = tree_of(html)
    if tree is None:
        return HTML(string=html, url_fetcher=url_fetcher, base_url=base_url)
    return OwnHTML(tree, base_url, url_fetcher)
