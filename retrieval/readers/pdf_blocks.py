"""Lines of a PDF page to blocks: headings by size and weight, items by their marks, tables by aligned cells, the rest paragraphs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from retrieval.cleaning import clean
from retrieval.page import Block, Kind
from retrieval.readers.lines import join
from retrieval.readers.pdf_lines import Line
from retrieval.readers.tables import pipes

_DOT = "\uf0b7\uf0a7\uf0d8\uf076\uf0fc\uf02d\ue00c"
"""Bullets that word processors take from symbol fonts: private letters, which cleaning removes."""
_BULLET = regex.compile(rf"[•‣▪●○◦■□·–—*➢✓{_DOT}-]\s+|[•‣▪●○◦■{_DOT}]")
_NUMBER = regex.compile(r"(?:\(?\d{1,3}(?:\.\d{1,3}){0,3}[.)]?|[a-z][.)]|\(?[ivx]{1,4}[.)]|R\d{1,3}\.?)(?=\s)")
_MARK = regex.compile(rf"(?:[•‣▪●○◦■□·–—*➢✓{_DOT}-]|\(?\d{{1,3}}(?:\.\d{{1,3}}){{0,3}}[.)]?|\(?[a-z][.)])$")
_ENDS = regex.compile(r"[.!?。！？:：;；][\"'”’)\]）]*$")
_CLOSED = regex.compile(r"[.!?。！？:：;；)\]）][\"'”’)\]）]*$")
_LABELLED = regex.compile(r"(?:(?:key )?recommendations?|practice point|statement|권고(?:안|사항)?|推荐意见|推荐)\s*\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?\s*[.:：)]", regex.IGNORECASE)
"""`Recommendation 2.` at the beginning of a line opens a paragraph of its own, however little space is above it."""
_CONTENTS = regex.compile(r"(?:table of )?contents|목차|차례|目\s*[录錄]", regex.IGNORECASE)
_PAGE = regex.compile(r"(?:\d{1,4}|[ivxlc]{1,6})$")
_LEADER = regex.compile(r"(?:\. ?){4,}|…{2,}|·{4,}")
_LOWER = regex.compile(r"\p{Ll}|[,;)]")


@dataclass(frozen=True)
class Sizes:
    """Sizes of a document's letters: that of its running text, and the larger ones, the largest first."""

    body: float
    larger: tuple[float, ...]

    def level(self, line: Line) -> int:
        """1 to 6 for a heading's line, 0 for others."""
        if len(line.text) > 160 or not regex.search(r"\p{L}{2}", line.text):
            return 0
        if line.size >= self.body * 1.12:
            return min(next((n for n, size in enumerate(self.larger, start=1) if line.size >= size), len(self.larger) + 1), 6)
        if line.bold and line.size >= self.body - 0.5 and len(line.text) <= 100 and not _ENDS.search(line.text):
            return min(len(self.larger) + 1, 6)
        return 0


def sizes(counted: Counter[float]) -> Sizes:
    """From letter size -> letters: the most frequent is the body's."""
    body = max(counted, key=lambda size: counted[size]) if counted else 10.0
    larger: list[float] = []
    for size in sorted((one for one in counted if one >= body * 1.12), reverse=True):
        if not larger or larger[-1] - size >= 1:
            larger.append(size)
    return Sizes(body, tuple(larger[:5]))


def blocks(group: Sequence[Line], looks: Sizes) -> tuple[list[Block], int]:
    """The blocks of one column, and how many lines of a table of contents were passed over."""
    rows = _rows(group)
    contents = _contents(rows)
    made = _Made(looks)
    rest = [row for row in rows if row not in contents]
    at = 0
    while at < len(rest):
        if (table := _table(rest, at)) is not None:
            made.close()
            made.blocks.append(Block(kind="table", text=pipes(table.cells)))
            at = table.end
            continue
        made.line(_whole(rest[at]))
        at += 1
    made.close()
    return made.blocks, len(contents)


def _contents(rows: Sequence[list[Line]]) -> list[list[Line]]:
    """Lines with dots before their page number; under a heading that says so, all that end in one set apart."""
    found, open_list = [], False
    for row in rows:
        titled = len(row) == 1 and bool(_CONTENTS.fullmatch(row[0].text.strip(" .:")))
        listed = len(row) > 1 and bool(_PAGE.match(row[-1].text))
        open_list = titled or (open_list and (listed or any(_LEADER.search(line.text) for line in row)))
        if titled or (open_list and listed) or any(_LEADER.search(line.text) for line in row):
            found.append(row)
    return found


class _Made:
    """Gathers lines to blocks."""

    def __init__(self, looks: Sizes) -> None:
        self.blocks: list[Block] = []
        self._looks = looks
        self._open: list[Line] = []
        self._kind: Kind = "paragraph"
        self._level = 0

    def line(self, line: Line) -> None:
        level = self._looks.level(line)
        bullet = _BULLET.match(line.text)
        item = bullet or (_NUMBER.match(line.text) and self._may_begin(line))
        if self._open and self._goes_on(line, level, bool(item)):
            self._open.append(line)
            return
        self.close()
        self._open, self._level = [line], level
        self._kind = "heading" if level else "item" if item else "paragraph"

    def close(self) -> None:
        if not self._open:
            return
        text = ""
        for line in self._open:
            text = join(text, clean(line.text).strip())
        if self._kind == "item":
            text = _BULLET.sub("", text, count=1)
        if text:
            self.blocks.append(Block(kind=self._kind, text=text, level=self._level))
        self._open = []

    def _may_begin(self, line: Line) -> bool:
        """Whether a number at the beginning of this line can open an item: not in the midst of a sentence."""
        if not self._open or self._level:
            return True
        last = self._open[-1]
        return bool(_ENDS.search(last.text)) or line.box[1] - last.box[3] > 0.55 * (last.box[3] - last.box[1]) or line.box[1] < last.box[1]

    def _goes_on(self, line: Line, level: int, item: bool) -> bool:
        last = self._open[-1]
        gap, height = line.box[1] - last.box[3], last.box[3] - last.box[1]
        if level or self._level:
            return level == self._level and gap + height >= 0 and gap < 0.6 * height and line.bold == last.bold and not item
        if item or abs(line.size - last.size) > 1.5 or (_LABELLED.match(line.text) and _CLOSED.search(last.text)):
            return False
        if line.box[1] < last.box[1]:  # the next column
            return not _ENDS.search(last.text) and bool(_LOWER.match(line.text))
        if gap > 0.55 * height:
            return False
        right = max(one.box[2] for one in self._open)
        ended_early = bool(_ENDS.search(last.text)) and last.box[2] < right - 4 * last.size
        indented = line.box[0] > last.box[0] + 0.8 * line.size and bool(_CLOSED.search(last.text)) and self._kind == "paragraph"
        outdented = self._kind == "item" and line.box[0] < self._open[0].box[0] - 1
        return not ended_early and not indented and not outdented


@dataclass(frozen=True)
class _Table:
    cells: list[list[str]]
    end: int


def _rows(group: Sequence[Line]) -> list[list[Line]]:
    """Pieces side by side; a mark and its item are one piece."""
    rows: list[list[Line]] = []
    for line in group:
        level = bool(rows) and abs(line.box[1] - rows[-1][0].box[1]) < 0.5 * line.size
        if level and line.box[0] >= rows[-1][-1].box[2] - 1:
            rows[-1].append(line)
        elif level and line.box[2] <= rows[-1][0].box[0] + 1:  # a mark that stands a little lower than its item
            rows[-1].insert(0, line)
        else:
            rows.append([line])
    return [[_whole(row)] if _is_one(row) else row for row in rows]


def _is_one(row: list[Line]) -> bool:
    """A mark and its item, or a justified line with wide spaces, all of one width."""
    gaps = [after.box[0] - before.box[2] for before, after in pairwise(row)]
    return len(row) == 2 and bool(_MARK.match(row[0].text)) or len(row) > 3 and max(gaps) - min(gaps) < 1


def _whole(row: list[Line]) -> Line:
    if len(row) == 1:
        return row[0]
    box = (row[0].box[0], min(one.box[1] for one in row), max(one.box[2] for one in row), max(one.box[3] for one in row))
    longest = max(row, key=lambda one: len(one.text))
    return Line(" ".join(one.text for one in row), box, longest.size, longest.bold)


def _table(rows: list[list[Line]], at: int) -> _Table | None:
    """A table without rules beginning at a row: at least three rows of cells that stand beneath each other."""
    end, many = at, 0
    if len(rows[at]) < 2:
        return None
    while end < len(rows) and (len(rows[end]) > 1 or (end > at and _is_rest(rows[at], rows[end - 1], rows[end][0]))):
        many += len(rows[end]) > 1
        end += 1
    columns = list(_columns([one for row in rows[at:end] for one in row]))
    if many < 3 or len(columns) < 2 or any(len(row) > len(columns) for row in rows[at:end]):
        return None
    table: list[list[str]] = []
    for row in rows[at:end]:
        cells = [""] * len(columns)
        for one in row:
            place = next(n for n, (left, right) in enumerate(columns) if left <= one.box[0] <= right)
            cells[place] = join(cells[place], clean(one.text).strip())
        if table and not cells[0]:
            table[-1] = [join(before, after) if after else before for before, after in zip(table[-1], cells, strict=True)]
        else:
            table.append(cells)
    return _Table(table, end) if len(table) >= 2 else None


def _is_rest(first: list[Line], before: list[Line], line: Line) -> bool:
    """The second line of a cell that is not the first of its row."""
    return line.box[1] - before[-1].box[3] < 0.6 * line.size and line.box[0] >= first[1].box[0] - line.size


def _columns(pieces: list[Line]) -> Iterator[tuple[float, float]]:
    """Strips of the page that the pieces cover."""
    open_strip: tuple[float, float] | None = None
    for left, right in sorted((one.box[0], one.box[2]) for one in pieces):
        if open_strip and left <= open_strip[1]:
            open_strip = (open_strip[0], max(open_strip[1], right))
        else:
            if open_strip:
                yield open_strip
            open_strip = (left, right)
    if open_strip:
        yield open_strip
