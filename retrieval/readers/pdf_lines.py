"""Words of a PDF page to lines in reading order: columns are found by the empty strip between them, and read one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import median

import regex

from retrieval.readers.pdf_words import Box, Word

GAP = 1.15
"""Letter sizes between two words of a line; more parts columns or cells."""
STRIP = 7.0
"""Points; a narrower strip does not part columns."""
LEAST_ROWS = 4
"""So many rows with a gap in common make a strip."""

_POWER_OF = regex.compile(r"\d$")
_UNIT = regex.compile(r"(?:^|[/·\d ])(?:m|cm|mm|dm|s|min)$")
_MARK = regex.compile(r"[\d,–\-*†‡§a-z]{1,9}$")


@dataclass(slots=True)
class Line:
    """Words side by side, with no wide gap between."""

    text: str
    box: Box
    size: float
    bold: bool

    @property
    def width(self) -> float:
        return self.box[2] - self.box[0]


def lines(words: Sequence[Word]) -> list[Line]:
    """Pieces of lines, unordered."""
    rows = _rows(words)
    gutter = _gutter(rows)
    return [line for row in rows for line in _parted(row, gutter)]


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    """Words at one height, from left to right."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda one: (one.middle, one.box[0])):
        row = rows[-1] if rows else None
        if row and word.middle - row[0].middle <= 0.45 * max(row[0].look.size, word.look.size):
            row.append(word)
        else:
            rows.append([word])
    return [sorted(row, key=lambda one: one.box[0]) for row in rows]


def _gutter(rows: Sequence[Sequence[Word]]) -> tuple[float, float] | None:
    """Left and right of the strip between two columns of justified text, which may be narrower than a wide space, or None.

    It is the gap that most rows have in common; words across the page leave a gap there only by chance, and a narrower one.
    """
    gaps = [gap for row in rows for gap in _gaps(row)]
    if len(gaps) < LEAST_ROWS:
        return None
    left, right = min(row[0].box[0] for row in rows), max(row[-1].box[2] for row in rows)
    inner = [gap for gap in gaps if left + 0.15 * (right - left) < (gap[0] + gap[1]) / 2 < right - 0.15 * (right - left)]
    starts = sorted(gap[0] for gap in inner)
    best: list[tuple[float, float]] = []
    for start in starts:
        common = [gap for gap in inner if gap[0] <= start + 1 and gap[1] >= start + STRIP]
        if len(common) > len(best):
            best = common
    if len(best) < LEAST_ROWS:
        return None
    strip = max(gap[0] for gap in best), min(gap[1] for gap in best)
    left_side = ([word for word in row if word.box[2] <= strip[0] + 1] for row in rows)
    right_side = ([word for word in row if word.box[0] >= strip[1] - 1] for row in rows)
    sides = [[_line(some) for some in side if some] for side in (left_side, right_side)]
    return strip if all(_is_column(side) for side in sides) else None


def _gaps(row: Sequence[Word]) -> Iterator[tuple[float, float]]:
    """Where a row has no letters for at least a strip's width, between its words."""
    reach = row[0].box[2]
    for word in row[1:]:
        if word.box[0] - reach >= STRIP:
            yield reach, word.box[0]
        reach = max(reach, word.box[2])


def edges(words: Sequence[Word], height: float) -> tuple[list[Word], list[Word], list[Word]]:
    """Words in the outer tenths of a page that are set apart from the rest by more than a line: above, between, below."""
    rest = sorted(words, key=lambda one: one.middle)
    above: list[Word] = []
    below: list[Word] = []
    for n in range(len(rest) - 1):
        if rest[n].middle > 0.1 * height:
            break
        if rest[n + 1].middle - rest[n].middle > 1.8 * rest[n].look.size:
            above = rest[: n + 1]
    rest = rest[len(above) :]
    for n in range(len(rest) - 1, 0, -1):
        if rest[n].middle < 0.9 * height:
            break
        if rest[n].middle - rest[n - 1].middle > 1.8 * rest[n].look.size:
            below = rest[n:]
    return above, rest[: len(rest) - len(below)], below


def said(words: Sequence[Word]) -> str:
    """The words of one cell or line as text: what touches is one word, raised reference marks are left out."""
    text, size = "", max((one.look.size for one in words), default=0)
    before: Word | None = None
    for word in words:
        gap = word.box[0] - before.box[2] if before else 0.0
        raised = before is not None and word.look.size <= 0.8 * size and before.middle - word.middle > 0.1 * size
        if raised and gap < 0.3 * size and _MARK.match(word.text):
            if _POWER_OF.search(text):
                text += "^" + word.text
            elif _UNIT.search(text):
                text += word.text
            continue  # a reference mark
        text += word.text if not text or gap < 0.12 * size else " " + word.text
        before = word
    return text


def ordered(pieces: Sequence[Line]) -> list[list[Line]]:
    """Groups of lines in reading order; within a group from top to bottom."""
    strip = _strip(pieces)
    if strip is None:
        return [sorted(pieces, key=lambda one: (one.box[1], one.box[0]))] if pieces else []
    made: list[list[Line]] = []
    left: list[Line] = []
    right: list[Line] = []
    wide: list[Line] = []
    for piece in sorted(pieces, key=lambda one: one.box[1]):
        if piece.box[0] < strip < piece.box[2]:
            made += [*ordered(left), *ordered(right)]
            left, right = [], []
            wide.append(piece)
            continue
        if wide:
            made.append(wide)
            wide = []
        (left if piece.box[2] <= strip else right).append(piece)
    return [*made, *([wide] if wide else []), *ordered(left), *ordered(right)]


def _parted(row: list[Word], gutter: tuple[float, float] | None) -> Iterator[Line]:
    piece: list[Word] = []
    for word in row:
        end = max((one.box[2] for one in piece), default=0.0)
        across = gutter is not None and end <= gutter[0] + 1 and word.box[0] >= gutter[1] - 1
        if piece and (across or word.box[0] - end > GAP * min(piece[-1].look.size, word.look.size)):
            yield _line(piece)
            piece = []
        piece.append(word)
    yield _line(piece)


def _line(words: list[Word]) -> Line:
    boxes = [one.box for one in words]
    box = (min(b[0] for b in boxes), min(b[1] for b in boxes), max(b[2] for b in boxes), max(b[3] for b in boxes))
    letters = sum(len(one.text) for one in words)
    size = max({one.look.size for one in words}, key=lambda size: sum(len(one.text) for one in words if one.look.size == size))
    return Line(said(words), box, size, 10 * sum(len(one.text) for one in words if one.look.bold) > 9 * letters)


def _strip(pieces: Sequence[Line]) -> float | None:
    """The middle of the empty strip between two columns of running text, or None."""
    if len(pieces) < 8:
        return None
    left, right = min(one.box[0] for one in pieces), max(one.box[2] for one in pieces)
    width = right - left
    covered = [0] * (int(width) + 2)
    for one in pieces:
        if one.width < 0.6 * width:
            covered[int(one.box[0] - left)] += 1
            covered[int(one.box[2] - left) + 1] -= 1
    best = _longest_gap(list(accumulate(covered)), max(2, len(pieces) // 25))
    if best is None or best[1] - best[0] < STRIP:
        return None
    middle = left + sum(best) / 2
    sides = [one for one in pieces if one.box[2] <= middle], [one for one in pieces if one.box[0] >= middle]
    return middle if all(_is_column(side) for side in sides) else None


def _longest_gap(covered: list[int], few: int) -> tuple[int, int] | None:
    """The longest stretch, not at the edges, that at most `few` pieces cover."""
    inner = range(int(len(covered) * 0.15), int(len(covered) * 0.85))
    best, start = None, None
    for place in (*inner, len(covered)):
        if place in inner and covered[place] <= few:
            start = place if start is None else start
        elif start is not None:
            best = max(best or (start, start), (start, inner[-1] if place == len(covered) else place), key=lambda one: one[1] - one[0])
            start = None
    return best


def _is_column(side: list[Line]) -> bool:
    """Running text fills its column; the cells of a table do not."""
    rows: dict[int, list[Line]] = {}
    for one in side:
        rows.setdefault(round(one.box[1] / 4), []).append(one)
    if len(rows) < 4:
        return False
    width = max(one.box[2] for one in side) - min(one.box[0] for one in side)
    filled = median(max(one.box[2] for one in row) - min(one.box[0] for one in row) for row in rows.values())
    return filled >= 0.6 * width and sum(len(one.text) for one in side) / len(rows) >= 18
