"""Makes untrusted text safe to keep: one normal form, nothing invisible.

Cleaning comes first and its result is kept as the source's text, so that every character span refers to what was kept.
NFKC alone would turn `10⁹` into `109` and `1½` into `11/2`; digits in such places are kept apart.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

import regex

_SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
_POWER = regex.compile(rf"(?<=\d)([{_SUPERSCRIPT}]+)")
_FRACTION = regex.compile(r"(?<=\d)(?=[¼½¾⅐-⅞↉])")
_WIDE = "，；：（）！？．～"
"""Full-width marks that are right in Chinese and Korean text and are left as they are."""
_LINES = regex.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]")
_SPLIT_WIDE = regex.compile(f"([{_WIDE}]+)")
_HIDDEN = regex.compile(r"(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\uFE00-\uFE0F\U000E0100-\U000E01EF\u115F\u1160\u3164\uFFA0\u034F]")
"""Controls, format characters (zero width, bidi, tags, soft hyphen), variation selectors, fillers, private use."""


def clean(text: str) -> str:
    """NFKC without invisible or control characters; line ends become `\\n`. Cleaning twice changes nothing."""
    text = _HIDDEN.sub("", _LINES.sub("\n", text))
    text = _POWER.sub(lambda found: "^" + found[1], text)
    text = _FRACTION.sub(" ", text)
    pieces = _SPLIT_WIDE.split(text)
    normal = "".join(piece if n % 2 else unicodedata.normalize("NFKC", piece) for n, piece in enumerate(pieces))
    return str(_HIDDEN.sub("", normal))


def hidden_characters(text: str) -> Counter[str]:
    """What `clean` takes out beyond layout, counted."""
    return Counter({name: count for name, pattern in _KINDS.items() if (count := len(pattern.findall(text)))})


_KINDS = {
    "tag characters, which nobody sees": regex.compile("[\U000e0000-\U000e007f]"),
    "characters that turn the direction of writing": regex.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]"),
    "characters without width": regex.compile("[\u200b-\u200d\u2060-\u2064\u180e\u3164\u115f\u1160\uffa0\u034f]|(?<!^)\ufeff"),
    "variation selectors": regex.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]"),
}


def fold(text: str) -> str:
    """The form in which names are compared: clean, case-folded, single spaces."""
    return " ".join(clean(text).casefold().split())


def has_cjk(text: str) -> bool:
    """Whether any Korean, Chinese or Japanese letter stands in the text."""
    return bool(_CJK.search(text))


_CJK = regex.compile(r"[\p{Han}\p{Hangul}\p{Hiragana}\p{Katakana}]")
