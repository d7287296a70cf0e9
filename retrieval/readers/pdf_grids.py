"""Tables drawn with rules on a PDF page: finds the grid and puts the words into its cells.

A cell merged across columns gives its text once; one merged down rows gives it to each row, so that every row can be read alone.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as c

from retrieval.readers.pdf_words import Box, Word

NEAR = 3.0
"""Points within which two rules count as one."""
SHORTEST = 6.0
MAX_RULES = 3000
"""A page with more is a drawing."""


class Rule(NamedTuple):
    """A straight line: at `place`, from `low` to `high`, in points from the top left corner."""

    upright: bool
    place: float
    low: float
    high: float


class Grid(NamedTuple):
    """A ruled table: the places of its rules, and all rules of it."""

    across: list[float]
    down: list[float]
    rules: list[Rule]

    @property
    def box(self) -> Box:
        return self.across[0], self.down[0], self.across[-1], self.down[-1]

    def holds(self, word: Word) -> bool:
        middle = (word.box[0] + word.box[2]) / 2
        return self.across[0] - 1 <= middle <= self.across[-1] + 1 and self.down[0] - 1 <= word.middle <= self.down[-1] + 1


def grids(page: pdfium.PdfPage) -> list[Grid]:
    """The ruled tables of at least two columns, from the top. Turned pages are not looked at."""
    if page.get_rotation():
        return []
    rules = list(_rules(page))
    if len(rules) > MAX_RULES:
        return []
    found = []
    for group in _joined(rules):
        across = _places([one.place for one in group if one.upright])
        down = _places([one.place for one in group if not one.upright])
        if len(across) >= 3 and len(down) >= 2:
            found.append(Grid(across, down, group))
    return sorted(found, key=lambda one: one.down[0])


def rows(grid: Grid, words: Sequence[Word]) -> list[list[list[Word]]]:
    """Rows of cells of words. Empty rows and columns are left out."""
    merged = _merged(grid)
    cells: dict[tuple[int, int], list[Word]] = {}
    for word in words:
        row = min(max(bisect_right(grid.down, word.middle) - 1, 0), len(grid.down) - 2)
        column = min(max(bisect_right(grid.across, (word.box[0] + word.box[2]) / 2) - 1, 0), len(grid.across) - 2)
        cells.setdefault(merged[row, column], []).append(word)
    table = []
    for row in range(len(grid.down) - 1):
        firsts: set[tuple[int, int]] = set()
        line: list[list[Word]] = []
        for column in range(len(grid.across) - 1):
            whose = merged[row, column]
            line.append([] if whose in firsts else cells.get(whose, []))
            firsts.add(whose)
        table.append(line)
    used = [n for n in range(len(grid.across) - 1) if any(line[n] for line in table)]
    return [[line[n] for n in used] for line in table if any(line)]


def _merged(grid: Grid) -> dict[tuple[int, int], tuple[int, int]]:
    """Each cell's top left neighbour with no rule between."""
    whose: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(len(grid.down) - 1):
        for column in range(len(grid.across) - 1):
            across = (grid.across[column] + grid.across[column + 1]) / 2
            down = (grid.down[row] + grid.down[row + 1]) / 2
            if column and not _ruled(grid, True, grid.across[column], down):
                whose[row, column] = whose[row, column - 1]
            elif row and not _ruled(grid, False, grid.down[row], across):
                whose[row, column] = whose[row - 1, column]
            else:
                whose[row, column] = (row, column)
    return whose


def _ruled(grid: Grid, upright: bool, place: float, at: float) -> bool:
    return any(one.upright is upright and abs(one.place - place) <= NEAR and one.low - NEAR <= at <= one.high + NEAR for one in grid.rules)


def _places(places: list[float]) -> list[float]:
    made: list[float] = []
    for place in sorted(places):
        if not made or place - made[-1] > NEAR:
            made.append(place)
    return made


def _joined(rules: list[Rule]) -> list[list[Rule]]:
    """Rules that cross or touch each other, together."""
    parent = list(range(len(rules)))

    def top(n: int) -> int:
        while parent[n] != n:
            parent[n] = parent[parent[n]]
            n = parent[n]
        return n

    upright = [n for n, one in enumerate(rules) if one.upright]
    for flat in (n for n, one in enumerate(rules) if not one.upright):
        for stands in upright:
            one, other = rules[flat], rules[stands]
            if one.low - NEAR <= other.place <= one.high + NEAR and other.low - NEAR <= one.place <= other.high + NEAR:
                parent[top(flat)] = top(stands)
    groups: dict[int, list[Rule]] = {}
    for n, one in enumerate(rules):
        groups.setdefault(top(n), []).append(one)
    return [group for group in groups.values() if len(group) >= 5]


def _rules(page: pdfium.PdfPage) -> Iterator[Rule]:
    left, _, _, top = page.get_cropbox() or page.get_mediabox()
    for path in page.get_objects(filter=[c.FPDF_PAGEOBJ_PATH], max_depth=2):
        matrix = c.FS_MATRIX()
        c.FPDFPageObj_GetMatrix(path.raw, matrix)
        before: tuple[float, float] | None = None
        for n in range(min(c.FPDFPath_CountSegments(path.raw), 400)):
            segment = c.FPDFPath_GetPathSegment(path.raw, n)
            x, y = ctypes.c_float(), ctypes.c_float()
            c.FPDFPathSegment_GetPoint(segment, x, y)
            across = matrix.a * x.value + matrix.c * y.value + matrix.e - left
            down = top - (matrix.b * x.value + matrix.d * y.value + matrix.f)
            if before and c.FPDFPathSegment_GetType(segment) == c.FPDF_SEGMENT_LINETO:
                if abs(across - before[0]) < 1 and abs(down - before[1]) > SHORTEST:
                    yield Rule(True, across, min(down, before[1]), max(down, before[1]))
                elif abs(down - before[1]) < 1 and abs(across - before[0]) > SHORTEST:
                    yield Rule(False, down, min(across, before[0]), max(across, before[0]))
            before = (across, down)
