"""HTML as a person sees it in a browser without scripts: headings, items, tables, paragraphs. Nothing is fetched.

Hidden by element, attribute or inline style is left out and counted, as are rules of `<style>` for single classes and ids.
libxml2 parses (lxml: BSD-3), in the confined process only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

import regex
from lxml import etree
from lxml import html as parser

from retrieval.cleaning import clean, hidden_characters
from retrieval.errors import SourceInvalid
from retrieval.page import Block, Kind, Page, removals
from retrieval.readers import decoding, looks
from retrieval.readers.tables import pipes

MAX_DEPTH = 200
MAX_CELLS = 20000
MAX_SPAN = 100

_EMBEDDED = "scripts and suchlike"
_FRAME = "parts of the site's frame"
_ACTIVE = ("script", "iframe", "object", "embed", "applet", "svg", "canvas", "audio", "video", "link", "base")
_DROPPED = {
    **dict.fromkeys((*_ACTIVE, "template", "noscript", "math", "head", "style", "title", "meta"), ""),
    **dict.fromkeys("nav header footer aside form button select textarea input dialog menu".split(), _FRAME),
}
"""Element -> what it is called among what was removed; an empty name is counted elsewhere or is not worth a word."""
_BLOCKS = frozenset(
    "p div section article main body html blockquote pre dl dd figure figcaption address center details summary hgroup fieldset".split()
)
_HEADINGS = {f"h{n}": n for n in range(1, 7)}
_RULE = regex.compile(r"([^{}]+)\{([^{}]*)\}")
_SELECTOR = regex.compile(r"\s*(?:[a-z]+)?([.#][\w-]+)\s*$", regex.IGNORECASE)
_CHARSET = regex.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", regex.IGNORECASE)
_ROLES = frozenset(("navigation", "banner", "contentinfo", "search", "dialog"))


def pages(data: bytes, name: str, first: int) -> Iterator[Page]:
    """The whole file as one page."""
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceInvalid(name, "not an HTML file", remedy="Give the file the ending of its kind.")
    text = _decoded(data, name)
    try:
        tree = parser.document_fromstring(
            _DECLARED.sub("", text), parser=parser.HTMLParser(no_network=True, remove_pis=True, huge_tree=False)
        )
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise SourceInvalid(name, "no HTML could be found in it", remedy="Save the page anew.") from error
    reading = _Reading(_rules(tree))
    reading.element(tree, _Style(255, "", 0))
    reading.close()
    if not reading.blocks:
        raise SourceInvalid(name, "nothing that a person would see", remedy="A page that a script fills cannot be read: print it to PDF.")
    removed = removals(reading.removed + hidden_characters(text) + Counter({_EMBEDDED: sum(1 for _ in tree.iter(*_ACTIVE))}))
    yield Page(number=1, pages=1, blocks=tuple(reading.blocks), removed=removed, properties=_properties(tree))


_DECLARED = regex.compile(r"^\s*<\?xml[^>]*\?>")


def _decoded(data: bytes, name: str) -> str:
    declared = _CHARSET.search(data[:4096])
    named = declared[1].decode("ascii") if declared else "none"
    ways: tuple[Callable[[], str], ...] = (
        lambda: decoding.utf(data), lambda: data.decode(named), lambda: decoding.decoded(data, name), lambda: data.decode("cp1252")
    )  # fmt: skip
    for decode in ways:
        with suppress(UnicodeDecodeError, LookupError, SourceInvalid):
            return decode()
    raise SourceInvalid(name, "letters in an unknown encoding", remedy="Save the page as UTF-8.")


def _rules(tree: parser.HtmlElement) -> dict[str, dict[str, str]]:
    """`.class` and `#id` -> declarations, from the style sheets in the file; others are for layout."""
    rules: dict[str, dict[str, str]] = {}
    for sheet in tree.iter("style"):
        css = regex.sub(r"/\*.*?\*/", "", sheet.text or "", flags=regex.DOTALL)
        for selectors, body in _RULE.findall(css):
            for selector in selectors.split(","):
                if found := _SELECTOR.match(selector):
                    rules.setdefault(found[1], {}).update(looks.declarations(body))
    return rules


class _Style(NamedTuple):
    """What is inherited: grey of the ground, colour of the letters, depth."""

    ground: int
    colour: str
    depth: int


class _Reading:
    """Walks the tree and gathers text to blocks."""

    def __init__(self, rules: dict[str, dict[str, str]]) -> None:
        self.blocks: list[Block] = []
        self.removed: Counter[str] = Counter()
        self._rules = rules
        self._text: list[str] = []
        self._kind: Kind = "paragraph"
        self._level = 0
        self._lead = ""
        self._term = ""
        self._cells = 0

    def element(self, node: parser.HtmlElement, style: _Style) -> None:
        """Reads an element, not its tail."""
        if not isinstance(node.tag, str):
            if isinstance(node, etree._Comment):
                self.removed["comments"] += 1
            return
        tag = node.tag.lower()
        style, why = self._seen(node, tag, style)
        if why is not None:
            if why in _DROPPED.values():
                self.removed[why] += bool(why)
            elif size := len(" ".join("".join(node.itertext()).split())):
                self.removed[f"characters of {why}"] += size
            return
        if tag in _HEADINGS:
            self._block(node, style, "heading", _HEADINGS[tag])
        elif tag == "li":
            self._block(node, style, "item", mark=_mark(node))
        elif tag == "table":
            self.close()
            self._table(node, style)
        elif tag == "dt":
            self.close()
            self._inside(node, style)
            self._term, self._text = " ".join("".join(self._text).split()), []
        elif tag == "dd" and self._term:
            self._block(node, style, "paragraph", mark=f"{self._term}: ")
            self._term = ""
        elif tag in ("br", "hr"):
            self._text.append(" ")
        elif tag in _BLOCKS or tag in ("ul", "ol", "tr", "td", "th", "tbody", "thead", "caption"):
            opens_item = tag in _BLOCKS and self._kind != "paragraph" and "".join(self._text).strip() == self._lead.strip()
            if not opens_item:
                self.close()
            self._inside(node, style)
            self.close()
        else:
            self._inside(node, style)

    def close(self) -> None:
        """Ends the block that is open."""
        text = clean(" ".join("".join(self._text).split())).strip()
        if text and text != self._lead.strip():
            self.blocks.append(Block(kind=self._kind, text=text, level=self._level))
        self._text, self._kind, self._level, self._lead = [], "paragraph", 0, ""

    def _inside(self, node: parser.HtmlElement, style: _Style) -> None:
        self._text.append(node.text or "")
        for child in node:
            self.element(child, style)
            self._text.append(child.tail or "")

    def _block(self, node: parser.HtmlElement, style: _Style, kind: Kind, level: int = 0, mark: str = "") -> None:
        self.close()
        self._kind, self._level, self._lead = kind, level, mark
        self._text = [mark] if mark else []
        self._inside(node, style)
        self.close()

    def _seen(self, node: parser.HtmlElement, tag: str, style: _Style) -> tuple[_Style, str | None]:
        """The style inside, and why the element is left out (None = it stays)."""
        if style.depth > MAX_DEPTH:
            raise SourceInvalid("the page", "elements nested too deeply", remedy="Save it anew with the program that made it.")
        if tag in _DROPPED:
            inside_article = (
                tag in ("header", "footer") and node.getparent() is not None and node.getparent().tag in ("article", "main", "section")
            )
            if not inside_article:
                return style, _DROPPED[tag]
        if node.get("role") in _ROLES:
            return style, _FRAME
        if node.get("hidden") is not None or node.get("aria-hidden") == "true":
            return style, "text that is not displayed"
        own: dict[str, str] = {}
        for key in [f".{one}" for one in (node.get("class") or "").split()] + [f"#{node.get('id')}"]:
            own |= self._rules.get(key, {})
        own |= looks.declarations(node.get("style") or "")
        if tag == "font":
            own |= {
                key: value
                for key, value in (("color", node.get("color")), ("font-size", "0" if node.get("size") == "0" else None))
                if value
            }
        ground = looks.ground(own.get("background-color") or own.get("background") or node.get("bgcolor") or "", style.ground)
        colour = own.get("color", style.colour)
        why = looks.hidden(own | ({"color": colour} if colour else {}), ground)
        return _Style(ground, colour, style.depth + 1), why or None

    def _table(self, node: parser.HtmlElement, style: _Style) -> None:
        """Text of the cells in rows; a cell across columns gives its text once, one down rows to each row. Tables in cells are taken as text."""
        style, why = self._seen(node, "table", style)
        grid: list[list[str]] = []
        below: dict[int, tuple[int, str]] = {}
        for row in node.iter("tr"):
            if next(row.iterancestors("table"), None) is not node:
                continue
            line: list[str] = []
            for cell in row.iterchildren("td", "th"):
                self._fill(line, below)
                text = self._cell(cell, style)
                across, down = _span(cell, "colspan"), _span(cell, "rowspan")
                for n in range(across):
                    if down > 1:
                        below[len(line)] = (down - 1, text if n == 0 else "")
                    line.append(text if n == 0 else "")
                self._cells += across
                if self._cells > MAX_CELLS:
                    raise SourceInvalid("the page", f"tables of more than {MAX_CELLS} cells", remedy="Split the source.")
            self._fill(line, below)
            if any(line):
                grid.append(line)
        if not grid:
            return
        if len(grid) == 1 or max(map(len, grid)) == 1:  # laid out with a table
            self.blocks += [Block(kind="paragraph", text=cell) for line in grid for cell in line if cell]
            return
        self.blocks.append(Block(kind="table", text=pipes(grid)))

    def _fill(self, line: list[str], below: dict[int, tuple[int, str]]) -> None:
        while len(line) in below:
            left, text = below.pop(len(line))
            if left > 1:
                below[len(line)] = (left - 1, text)
            line.append(text)

    def _cell(self, cell: parser.HtmlElement, style: _Style) -> str:
        inner = _Reading(self._rules)
        inner.element(cell, style)
        inner.close()
        self.removed += inner.removed
        return " ".join(block.text.replace("\n", " ") for block in inner.blocks)


def _span(cell: parser.HtmlElement, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return min(max(int(value), 1), MAX_SPAN) if value.isdecimal() and len(value) < 6 else 1


def _mark(node: parser.HtmlElement) -> str:
    """`3. ` for the third item of a numbered list."""
    parent = node.getparent()
    if parent is None or parent.tag != "ol":
        return ""
    return f"{1 + sum(1 for one in node.itersiblings('li', preceding=True))}. "


def _properties(tree: parser.HtmlElement) -> dict[str, str]:
    made = {}
    if (title := tree.findtext(".//title")) and title.strip():
        made["title"] = clean(" ".join(title.split()))
    if (language := (tree.get("lang") or "")[:2].lower()) in ("en", "ko", "zh"):
        made["language"] = language
    for meta in tree.iter("meta"):
        key = _METAS.get((meta.get("name") or meta.get("property") or "").lower())
        if key and (content := clean(meta.get("content") or "").strip()):
            made.setdefault(key, content)
    return made


_METAS = {
    "dc.title": "title", "citation_title": "title", "author": "author", "dc.publisher": "organisation", "citation_publisher": "organisation",
    "og:site_name": "organisation", "dc.date": "effective", "citation_publication_date": "effective", "article:published_time": "effective",
    "dc.date.issued": "effective", "version": "version",
}  # fmt: skip
