"""Styles and numbering of a DOCX file: which paragraphs are headings, items or hidden, and what number an item bears."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple
from xml.etree.ElementTree import Element

import regex

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_HEADING = regex.compile(r"(?:heading|제목|标题|überschrift)\s*(\d)$", regex.IGNORECASE)


def value(node: Element | None, path: str) -> str | None:
    """The `w:val` of an element below, an empty string where it has none, None where there is no such element."""
    found = node.find(path.replace("w:", W)) if node is not None else None
    return None if found is None else found.get(W + "val", "")


def is_on(node: Element | None, path: str) -> bool:
    """Whether a switch such as `w:vanish` is set."""
    return (value(node, path) or "1") not in ("0", "false", "off") if value(node, path) is not None else False


class Style(NamedTuple):
    """A paragraph or character style with what it is based on worked in."""

    name: str
    level: int
    """Heading level from 1, 0 = none; the title has -1."""
    run: dict[str, str]
    """Looks of its letters, see `look`."""
    number: tuple[str, int] | None
    """(numId, level) of its list."""


PLAIN = Style("", 0, {}, None)


def look(properties: Element | None) -> dict[str, str]:
    """What hides letters, in the words of style sheets: display, color, font-size (points), background-color."""
    made: dict[str, str] = {}
    if properties is None:
        return made
    for switch in ("w:vanish", "w:webHidden", "w:specVanish"):
        if value(properties, switch) is not None:
            made["display"] = "none" if is_on(properties, switch) else "inline"
    if (colour := value(properties, "w:color")) is not None:
        made["color"] = "auto" if colour == "auto" else f"#{colour}"  # Word writes white on dark by itself
    if (size := value(properties, "w:sz")) and size.isdecimal():
        made["font-size"] = f"{int(size) / 2}pt"
    made |= shade(properties)
    if highlight := value(properties, "w:highlight"):
        made["background-color"] = _HIGHLIGHTS.get(highlight, "#a0a0a0")
    return made


_HIGHLIGHTS = {"white": "white", "black": "black", "yellow": "#ffff00", "cyan": "#00ffff", "lightGray": "#c0c0c0"}
"""The light ones and black; the others are of a middle grey."""


def shade(properties: Element | None) -> dict[str, str]:
    """The ground of a cell, a paragraph or letters, in the words of style sheets."""
    node = properties.find(W + "shd") if properties is not None else None
    if node is None:
        return {}
    fill = node.get(W + ("color" if node.get(W + "val") == "solid" else "fill"), "auto")
    return {"background-color": f"#{fill}"} if fill != "auto" else {}


def styles(root: Element | None) -> dict[str, Style]:
    """Style id -> style."""
    nodes = {node.get(W + "styleId", ""): node for node in root.iter(W + "style")} if root is not None else {}
    return {key: _style(key, nodes, 0) for key in nodes}


def _style(key: str, nodes: dict[str, Element], depth: int) -> Style:
    node = nodes.get(key)
    if node is None or depth > 20:
        return PLAIN
    base = _style(value(node, "w:basedOn") or "", nodes, depth + 1)
    name = value(node, "w:name") or ""
    paragraph = node.find(W + "pPr")
    level = base.level
    if (outline := value(paragraph, "w:outlineLvl")) and outline.isdecimal():
        level = int(outline) + 1 if int(outline) < 9 else 0
    elif found := _HEADING.match(name):
        level = int(found[1])
    elif name.casefold() in ("title", "제목", "标题"):
        level = -1
    return Style(name, level, base.run | shade(paragraph) | look(node.find(W + "rPr")), listed(paragraph) or base.number)


def listed(paragraph: Element | None) -> tuple[str, int] | None:
    """(numId, level) of a paragraph's own list; numId 0 takes it out of its style's list."""
    if paragraph is None or (number := value(paragraph, "w:numPr/w:numId")) is None:
        return None
    level = value(paragraph, "w:numPr/w:ilvl") or "0"
    return number, int(level) if level.isdecimal() else 0


class Numbering:
    """Counts the items of each list as Word does."""

    def __init__(self, root: Element | None) -> None:
        self._levels: dict[str, dict[int, tuple[str, str, int]]] = {}
        self._list: dict[str, str] = {}
        self._counts: dict[str, dict[int, int]] = defaultdict(dict)
        for abstract in root.iter(W + "abstractNum") if root is not None else ():
            self._levels[abstract.get(W + "abstractNumId", "")] = {
                int(one.get(W + "ilvl", "0")): (
                    value(one, "w:numFmt") or "bullet", value(one, "w:lvlText") or "", int(value(one, "w:start") or 1),
                )
                for one in abstract.iter(W + "lvl")
            }  # fmt: skip
        for number in root.iter(W + "num") if root is not None else ():
            self._list[number.get(W + "numId", "")] = value(number, "w:abstractNumId") or ""

    def mark(self, number: str, level: int) -> str:
        """`2.1. ` for the next item of a list, an empty string for a bullet."""
        name = self._list.get(number, "")
        levels, counts = self._levels.get(name, {}), self._counts[name]
        form, text, start = levels.get(level, ("bullet", "", 1))
        counts[level] = counts.get(level, start - 1) + 1
        for deeper in [one for one in counts if one > level]:
            del counts[deeper]
        if form in ("bullet", "none"):
            return ""
        for n in range(level + 1):
            text = text.replace(f"%{n + 1}", _figure(counts.get(n, 1), levels.get(n, ("decimal", "", 1))[0]))
        return text.strip() + " " if text.strip() else ""


def _figure(count: int, form: str) -> str:
    if form == "lowerLetter":
        return chr(ord("a") + (count - 1) % 26)
    return chr(ord("A") + (count - 1) % 26) if form == "upperLetter" else str(count)
