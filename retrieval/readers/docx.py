"""DOCX as a person sees it printed: headings by style, numbered items, tables; pages where Word last broke them.

Left out and counted: hidden and white text, deleted text of tracked changes, comments, footnotes, text boxes, fields' instructions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from retrieval.cleaning import clean, hidden_characters
from retrieval.errors import SourceInvalid
from retrieval.page import Block, Page, removals
from retrieval.readers import looks
from retrieval.readers.docx_parts import Parts
from retrieval.readers.docx_styles import PLAIN, Numbering, Style, W, listed, look, shade, styles, value
from retrieval.readers.tables import pipes

MAX_DEPTH = 60
"""Elements within each other, such as tables in cells."""
_DELETED = frozenset((W + "del", W + "moveFrom"))
_INSIDE = frozenset(
    W + one for one in ("hyperlink", "ins", "moveTo", "smartTag", "sdt", "sdtContent", "fldSimple", "customXml", "bdo", "dir")
)
_BOXES = frozenset(
    (W + "drawing", W + "pict", W + "object", "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent")
)
_NOTES = {
    W + "commentReference": "comments", W + "footnoteReference": "footnotes", W + "endnoteReference": "endnotes",
}  # fmt: skip


def pages(data: bytes, name: str, first: int) -> Iterator[Page]:
    """Pages as Word last laid them out; one page where it did not say."""
    parts = Parts(data, name)
    root = parts.xml("word/document.xml")
    body = root.find(W + "body") if root is not None else None
    if body is None:
        raise SourceInvalid(name, "not a Word document", remedy="Save it anew as .docx with the program that made it.")
    reading = _Reading(styles(parts.xml("word/styles.xml")), Numbering(parts.xml("word/numbering.xml")), name)
    reading.blocks(body, 0)
    reading.turn(1)
    count = len(reading.pages)
    if not any(made for made, _ in reading.pages):
        raise SourceInvalid(name, "no text that is seen", remedy="Choose another file.")
    for number, (made, removed) in enumerate(reading.pages, start=1):
        properties = _properties(parts) if number == max(first, 1) else {}
        yield Page(number=number, pages=count, blocks=tuple(made), removed=removals(removed), properties=properties)


class _Reading:
    """State while the body is walked. `pages` holds (blocks, what was removed) of each page that is done."""

    def __init__(self, known: dict[str, Style], numbering: Numbering, name: str, ground: dict[str, str] | None = None) -> None:
        self.pages: list[tuple[list[Block], Counter[str]]] = []
        self._styles, self._numbering, self._name = known, numbering, name
        self._ground = ground or {}
        self._made: list[Block] = []
        self._removed: Counter[str] = Counter()
        self._breaks = 0

    def turn(self, times: int) -> None:
        """Ends so many pages."""
        for _ in range(times):
            self.pages.append((self._made, self._removed))
            self._made, self._removed = [], Counter()

    def blocks(self, holder: Element, depth: int) -> None:
        """Reads what stands in the body, a cell or a content control."""
        if depth > MAX_DEPTH:
            raise SourceInvalid(self._name, "parts nested too deeply", remedy="Save it anew with the program that made it.")
        for node in holder:
            if node.tag == W + "p":
                self._paragraph(node)
            elif node.tag == W + "tbl":
                self._table(node, depth)
            elif node.tag in _INSIDE:
                self.blocks(node, depth + 1)
            elif node.tag in _DELETED:
                self._removed["characters of deleted text"] += len("".join(node.itertext()))

    def _paragraph(self, node: Element) -> None:
        before = len(self._made)
        block, early = self._read(node)
        if early:
            late, self._breaks = self._breaks - early, 0
            self.turn(early)
            before = len(self._made)
        else:
            late, self._breaks = self._breaks, 0
        if block:
            self._made.insert(before, block)
        self.turn(late)

    def _read(self, node: Element) -> tuple[Block | None, int]:
        """The block, and how many page breaks stand before its first letter."""
        properties = node.find(W + "pPr")
        style = self._styles.get(value(properties, "w:pStyle") or "", PLAIN)
        if style.name.casefold().startswith(("toc ", "table of contents")):
            self._removed["lines of a table of contents"] += 1
            return None, 0
        letters: list[str] = []
        early = self._runs(node, self._ground | style.run | shade(properties), letters, 0)
        raw = "".join(letters)
        self._removed += hidden_characters(raw)
        text = clean(" ".join(raw.split())).strip()
        if not text:
            return None, 0
        level = style.level
        if (outline := value(properties, "w:outlineLvl")) and outline.isdecimal() and int(outline) < 9:
            level = int(outline) + 1
        if level:
            return Block(kind="heading", text=text, level=1 if level < 0 else min(level + 1, 6)), early
        number = listed(properties) or style.number
        if number and number[0] != "0":
            return Block(kind="item", text=self._numbering.mark(*number) + text), early
        return Block(kind="paragraph", text=text), early

    def _runs(self, node: Element, run: dict[str, str], letters: list[str], depth: int) -> int:
        """Gathers letters; returns the page breaks before the first of them."""
        if depth > MAX_DEPTH:
            raise SourceInvalid(self._name, "parts nested too deeply", remedy="Save it anew with the program that made it.")
        early = 0
        for child in node:
            if child.tag == W + "r":
                early += self._run(child, run, letters)
            elif child.tag in _INSIDE:
                early += self._runs(child, run, letters, depth + 1)
            elif child.tag in _DELETED:
                self._removed["characters of deleted text"] += len("".join(child.itertext()))
        return early

    def _run(self, node: Element, inherited: dict[str, str], letters: list[str]) -> int:
        properties = node.find(W + "rPr")
        own = self._styles.get(value(properties, "w:rStyle") or "", PLAIN).run
        its = inherited | own | look(properties)
        why = looks.hidden(its, looks.ground(its.get("background-color", ""), 255))
        early = 0
        for one in node:
            if one.tag == W + "t":
                if why:
                    self._removed[f"characters of {why}"] += len(one.text or "")
                else:
                    letters.append(one.text or "")
            elif one.tag in (W + "tab", W + "br", W + "cr"):
                letters.append(" ")
            elif one.tag == W + "noBreakHyphen":
                letters.append("-")
            elif one.tag == W + "lastRenderedPageBreak":
                self._breaks += 1
                early += not "".join(letters).strip()
            elif one.tag == W + "delText":
                self._removed["characters of deleted text"] += len(one.text or "")
            elif one.tag in _NOTES:
                self._removed[_NOTES[one.tag]] += 1
            elif one.tag in _BOXES and any(box.text for box in one.iter(W + "t")):
                self._removed["texts in boxes"] += 1
        return early

    def _table(self, node: Element, depth: int) -> None:
        grid: list[list[str]] = []
        breaks = 0
        for row in _below(node, "tr"):
            line: list[str] = []
            for cell in _below(row, "tc"):
                text, inner = self._cell(cell, depth)
                breaks += inner
                properties = cell.find(W + "tcPr")
                merged = value(properties, "w:vMerge")
                if merged is not None and merged != "restart" and grid and len(line) < len(grid[-1]):
                    text = grid[-1][len(line)]
                span = value(properties, "w:gridSpan") or "1"
                line += [text, *[""] * (min(int(span), 60) - 1 if span.isdecimal() else 0)]
            if any(line):
                grid.append(line)
        if len(grid) == 1 or (grid and max(map(len, grid)) == 1):
            self._made += [Block(kind="paragraph", text=cell) for line in grid for cell in line if cell]
        elif grid:
            self._made.append(Block(kind="table", text=pipes(grid)))
        self.turn(breaks)

    def _cell(self, cell: Element, depth: int) -> tuple[str, int]:
        inner = _Reading(self._styles, self._numbering, self._name, self._ground | shade(cell.find(W + "tcPr")))
        inner.blocks(cell, depth + 1)
        inner.turn(1)
        for _, removed in inner.pages:
            self._removed += removed
        return " ".join(block.text.replace("\n", " ") for made, _ in inner.pages for block in made), len(inner.pages) - 1


def _below(holder: Element, tag: str) -> Iterator[Element]:
    """Rows of a table or cells of a row, also those in content controls; not those of tables within."""
    for node in holder:
        if node.tag == W + tag:
            yield node
        elif node.tag in _INSIDE:
            yield from _below(node, tag)


def _properties(parts: Parts) -> dict[str, str]:
    core, app = parts.xml("docProps/core.xml"), parts.xml("docProps/app.xml")
    made: dict[str, str] = {}
    for root in (core, app):
        for node in root.iter() if root is not None else ():
            key = _WANTED.get(node.tag.rsplit("}", 1)[-1])
            if key and (text := clean(node.text or "").strip()):
                made.setdefault(key, text)
    if "language" in made:
        made["language"] = made["language"][:2].lower()
    if "created" in made:
        made["created"] = made["created"][:10]
    return made


_WANTED = {
    "title": "title",
    "creator": "author",
    "modified": "created",
    "version": "version",
    "language": "language",
    "Company": "organisation",
}
