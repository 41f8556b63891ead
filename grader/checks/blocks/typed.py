"""What students type as an answer: one letter, or one number, with the words and signs that people put around it."""

from __future__ import annotations

import re

from grader.checks.blocks.formulas import NoFormula, parsed, value

_LETTER = r"(?:(?:answer|option|choice|letter)(?:\s+is)?\s*:?)?\s*[(\[]?([{among}])"
_REASON = r"(?:[)\].:,;]|\s+(?:[-–—]|(?:because|since|as)\b))"
_OTHER = r"(?:\b(?:or|and)|[,/&+])\s*[(\[]?[{among}](?:\W|$)|(?:^|\s)[(\[]?[{among}][)\]]"
_GROUPED = re.compile(r"(?<![\d.,])([1-9]\d{0,2})((?:[,'’ \u00a0\u2009\u202f]\d{3})+)(?![\d,])")
_POWER = re.compile(r"(\d[\d.]*)\s*[×x*·]\s*10\s*(?:\^|\*\*)\s*[({]?([-+]?\d+)[)}]?")
_NUMBER = re.compile(r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")


def letter(said: str, among: str) -> str | None:
    """`b` of `b`, `(B)`, `**b.**` and `b) because it is larger`; None of anything else, as of several letters."""
    text = re.sub(r"[*_`'\"]", "", said).strip().lower()
    known = re.escape(among.lower())
    found = re.match(_LETTER.format(among=known) + rf"(?:[)\].:]?\s*$|{_REASON})", text)
    if found is None or re.search(_OTHER.format(among=known), text[found.end(1) :].lstrip(")].: ")):
        return None
    return found[1]


def numbers_in(said: str) -> list[float]:
    """`12,544`, `12 544`, `0,37`, `1.2e4`, `1.2 × 10^4`, `≈ 12544 parameters`, `64*196 = 12544`, `64*196`."""
    text = re.split(r"[=≈]", said.replace("−", "-"))[-1].strip()
    text = _GROUPED.sub(lambda hit: hit[1] + re.sub(r"\D", "", hit[2]), text)
    text = _POWER.sub(r"\1e\2", re.sub(r"(?<=\d),(?=\d)", ".", text).replace("_", ""))
    if re.fullmatch(r"[-+*/^()\d.eE\s]+", text):
        try:
            return [value(parsed(text), {})]
        except NoFormula:
            pass
    return [float(part) for part in _NUMBER.findall(text)]
