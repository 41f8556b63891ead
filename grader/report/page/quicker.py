"""What WeasyPrint 70 does more often than it has to: mends that give the same bytes in less time.

Private parts of WeasyPrint are used here; its version is pinned for it, and a test compares the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from weasyprint.css import ComputedStyle
from weasyprint.css.computed_values import PHYSICAL_FUNCTIONS
from weasyprint.css.functions import check_math
from weasyprint.css.properties import INHERITED, INITIAL_NOT_COMPUTED, INITIAL_VALUES
from weasyprint.layout import page
from weasyprint.pdf import fonts
from weasyprint.text.constants import PANGO_DIRECTION
from weasyprint.text.ffi import ffi, gobject, pango, unicode_to_char_p
from weasyprint.text.fonts import font_features, get_font_description
from weasyprint.text.line_break import Layout

_OWN_RULES = {"float", "display", "position", "page", *PHYSICAL_FUNCTIONS}
_COMMON = {name for name in INITIAL_VALUES if name not in _OWN_RULES and not name.startswith("text_decoration_")}
_INHERITED = frozenset(_COMMON & INHERITED)
_INITIAL = {
    name: INITIAL_VALUES[name]
    for name in _COMMON - INHERITED - INITIAL_NOT_COMPUTED
    if not check_math(INITIAL_VALUES[name])
}
_FEATURES = (
    "font_kerning",
    "font_variant_ligatures",
    "font_variant_position",
    "font_variant_caps",
    "font_variant_numeric",
    "font_variant_alternates",
    "font_variant_east_asian",
    "font_feature_settings",
)


_LENGTH = re.compile(r"\[\d+\]$")


def mends() -> tuple[tuple[Any, str, Any], ...]:
    """What is replaced: where, its name, and by what."""
    return (
        (page, "remake_page", _page_with_numbers(page.remake_page)),
        (ComputedStyle, "__missing__", _common_styles_first(ComputedStyle.__missing__)),
        (Layout, "setup", _with_shared_context(Layout.setup)),
        (fonts, "ffi", _AnyLength()),
    )


@cache
def install() -> tuple[tuple[Any, str, Any], ...]:
    """Mend WeasyPrint for this process, once. Returns what was there before, in the form of `mends`."""
    quicker = mends()
    before = tuple((where, name, getattr(where, name)) for where, name, _ in quicker)
    for where, name, mended in quicker:
        setattr(where, name, mended)
    return before


def _page_with_numbers(remake: Callable[..., Any]) -> Callable[..., Any]:
    """Numbers of pages in links are filled in before the page is laid out, not found out by doing so three times.

    What a link leads to is on a page before, whose number is known, or else most likely on this one. Where that was
    wrong, the page with the link is made again.
    """

    def remake_page(index: int, context: Any, *rest: object) -> Any:
        links = list(_links(context.target_collector))
        for item, target in links:
            number = _page_of(target, index)
            if item.page_maker_index in (None, index) and getattr(item, "shown", None) != number:
                if target.page_maker_index is None:
                    target.cached_page_counter_values = {"page": [number]}
                item.shown = number
                item.parse_again({})
            item.missing_counters = []  # else the page is made again whatever the number is
        made = remake(index, context, *rest)
        for item, target in links:
            if item.page_maker_index is not None and item.shown != _page_of(target, index):
                context.page_maker[item.page_maker_index][-1]["content_changed"] = True
        return made

    return remake_page


def _links(collector: Any) -> Iterator[tuple[Any, Any]]:
    for (box, what), item in collector.counter_lookup_items.items():
        target = collector.target_lookup_items.get((box.element.get("href") or "")[1:])
        if what == "content" and target is not None:
            yield item, target


def _page_of(target: Any, here: int) -> int:
    return int(here if target.page_maker_index is None else target.page_maker_index) + 1


def _common_styles_first(missing: Callable[..., Any]) -> Callable[..., Any]:
    """Most properties are not set and have no rules of their own: they are inherited, or have their first value."""

    def quick_missing(style: Any, key: str) -> Any:
        if key not in style.cascaded:
            if key in _INITIAL:
                style[key] = _INITIAL[key]
                return style[key]
            if key in _INHERITED and style.parent_style is not None:
                style[key] = style.parent_style[key]
                return style[key]
        return missing(style, key)

    return quick_missing


def _with_shared_context(setup: Callable[..., Any]) -> Callable[..., Any]:
    """Texts of one style share the objects that describe its font to Pango, which each text made anew."""

    def quick_setup(layout: Any, style: Any) -> None:
        if "shared" not in style.__dict__:
            style.shared = _shared(style)
        if style.shared is None:
            setup(layout, style)
            return
        context, layout.language, description = style.shared
        layout.style, layout.first_line_direction = style, 0
        layout.layout = ffi.gc(pango.pango_layout_new(context), gobject.g_object_unref)
        pango.pango_layout_set_auto_dir(layout.layout, False)
        pango.pango_layout_set_font_description(layout.layout, description)
        layout.ascent = layout.underline_position = layout.strikethrough_position = None

    return quick_setup


def _shared(style: Any) -> tuple[Any, Any, Any] | None:
    """None for a style that needs more: lines through or under it, features, a language of its own for the font."""
    plain = style["font_language_override"] == "normal" and style["text_decoration_line"] == "none"
    if not plain or font_features(*(style[name] for name in _FEATURES)):
        return None
    context = ffi.gc(pango.pango_font_map_create_context(style.font_config.font_map), gobject.g_object_unref)
    pango.pango_context_set_round_glyph_positions(context, False)
    pango.pango_context_set_base_dir(context, PANGO_DIRECTION[style["direction"]])
    if style["lang"]:
        language = pango.pango_language_from_string(unicode_to_char_p(style["lang"])[0])
        pango.pango_context_set_language(context, language)
    else:
        language = pango.pango_language_get_default()
    return context, language, get_font_description(style)


class _AnyLength:
    """Arrays are made as of any length, which their content tells: an array of a new length is a type to be parsed."""

    def __getattr__(self, name: str) -> Any:
        return getattr(ffi, name)

    def new(self, kind: str, content: Any = None) -> Any:
        return ffi.new(_LENGTH.sub("[]", kind) if isinstance(content, list) else kind, content)
