"""Joins the lines of a paragraph to running text: words broken at line ends are mended."""

from __future__ import annotations

from collections.abc import Sequence

import regex

_BROKEN = regex.compile(r"(?<=(\p{L}{2,}))[-‐]$")
_CONTINUES = regex.compile(r"\p{Ll}{2,}")
_FIRST_PARTS = frozenset(
    "anti beta non post pre re self semi high low long short well co multi inter intra cross first second third one two three once twice "
    "alpha gamma calcium enzyme evidence half in off on over patient risk side follow x t".split()
)
"""After these a hyphen at a line's end is taken for the word's own."""


def mend(lines: Sequence[str]) -> str:
    """One line of running text. No space is put between Chinese characters."""
    text = ""
    for line in (" ".join(one.split()) for one in lines):
        if line:
            text = join(text, line)
    return text


def join(text: str, line: str) -> str:
    """`text` continued by `line`."""
    if not text:
        return line
    broken = _BROKEN.search(text)
    if broken and _CONTINUES.match(line):
        return (text if broken[1].casefold() in _FIRST_PARTS else text[:-1]) + line
    if (text[-1] in "-/‐" and not text.endswith((" -", " /"))) or (_HAN.search(text[-1]) and _HAN.match(line)):
        return text + line
    return text + " " + line


_HAN = regex.compile(r"[\p{Han}，。；：、！？（）]")
