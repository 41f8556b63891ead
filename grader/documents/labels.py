"""How people write the labels of figures, tables and listings: `Figure 3`, `Fig. 2.1:`, `TABLE IV`, `图 3`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Literal

Kind = Literal["figure", "table", "listing"]
WORDS: dict[Kind, str] = {
    "figure": r"figures?\.?|figs?\.?|图|圖|図|插图|附图|그림|chart|plate",
    "table": r"tables?\.?|tabs?\.?|(?<![代发發列报報仪儀])表格?",
    "listing": r"listings?|lst\.?|code\s+(?:listing|snippet)|代码|清单|algorithm",
}
_CHINESE = "一二三四五六七八九十"
NUMBER = rf"(?:[A-Z]\.?)?\d{{1,3}}(?:[.\-]\d{{1,2}})*|(?-i:[IVX]{{1,5}})(?![A-Za-z])|[{_CHINESE}]{{1,3}}"
_PART = r"(\(?[a-h]\)|[a-h](?=\s*[:.)]))?"
START = {
    kind: re.compile(rf"^\s*[(\[【]?({words})\s*[(（\[]?({NUMBER})[)）\]]?\s?{_PART}\s*(.*)$", re.IGNORECASE)
    for kind, words in WORDS.items()
}
MARKED = re.compile(r"^\s*[:.：．。、】|–—-]+\s*")
# After "Figure 3", these begin a sentence about it, not its caption.
TELLS = re.compile(
    r"^\s*(?:\(?[a-h]\)?\s+|\([^()]{1,30}\)\s*|(?:above|below|left|right|here|also|then|further|now|therefore|thus|"
    r"both|together|\w{2,12}ly),?\s+)*"
    r"(?:show(?:s|ed|n|ing)?|illustrat\w+|present(?:s|ed)?|depict\w*|display(?:s|ed)?|compar(?:es|ed|ing)|plot(?:s|ted)?|"
    r"gives?|gave|contains?|demonstrat\w+|report(?:s|ed)?|summari[sz]\w+|indicat\w+|reveal(?:s|ed)?|describ\w+|"
    r"provid\w+|suggest(?:s|ed)?|confirm(?:s|ed)?|lists?|is|are|was|were|has|have|had|can|could|may|might|will|would|"
    r"should|must|do(?:es)?|did|makes?|and|or|to|we|you|i|it|as|in|on|at|from|for|by|with|where|which|that|but|while|"
    r"because|since|if|when|so|of|below|above|,|;|’s|'s|visuali[sz]\w+|highlight\w*|explain\w*|support\w*|prov(?:es|ed)|"
    r"exhibit\w*|tells?|represent\w*|refers?|appears?|looks?|seems?|follows?|uses?|corresponds?|consists?|also|"
    r"respectively|显示|展示|表明|说明|给出|所示|中|可以|是|和|为|表示|描述|反映|对比|的|與|与|則|则)(?![A-Za-z])",
    re.IGNORECASE,
)
_ENDS_IN_LABEL = re.compile(
    rf"(?<![A-Za-z])(?:{'|'.join(WORDS.values())}|eqs?\.?|equations?|sections?|sec\.)\s*$", re.IGNORECASE
)
IDEOGRAPH = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def begins_marked(text: str) -> bool:
    """Whether a text begins like a caption, mark and all: `Table 3: …`."""
    found = next((found for pattern in START.values() if (found := pattern.match(text))), None)
    return found is not None and len(found[4]) > 1 and MARKED.match(found[4]) is not None


def normal_number(text: str) -> str:
    """`3`, `2.1`, `IV` without what some put around it; `三` is 3."""
    text = text.strip().rstrip(".").upper()
    return str(_from_chinese(text)) if text and text[0] in _CHINESE else text


def _from_chinese(text: str) -> int:
    """`二十一` → 21."""
    tens, ten, ones = text.rpartition("十")
    value = _CHINESE.find(ones) + 1 if ones else 0
    return value + 10 * (_CHINESE.find(tens) + 1 if tens else 1) if ten else value


def ends_in_label(text: str) -> bool:
    """Whether a line ends in `Figure` or the like: a number at the start of the next line is a figure's."""
    return _ENDS_IN_LABEL.search(text) is not None


def numbered(text: str) -> tuple[Kind, str] | None:
    """The kind and number that a text begins with, if it begins like a caption."""
    for kind, pattern in START.items():
        if found := pattern.match(text):
            return None if TELLS.match(found[4]) else (kind, normal_number(found[2]))
    return None


def joined(texts: Iterator[str] | Sequence[str]) -> str:
    """Lines as running text: words divided at a line's end are whole again."""
    out = ""
    for text in texts:
        if not out:
            out = text
        elif out.endswith(("\xad", "‐")) or (re.search(r"[a-z]-$", out) and text[:1].islower()):
            out = out[:-1] + text
        elif out.endswith(("-", "/")) and not out.endswith(" -"):
            out += text
        else:
            out += " " + text
    return out.replace("\xad", "")
