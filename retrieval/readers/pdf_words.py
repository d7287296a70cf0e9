"""The words of a PDF page as a person sees them, each with its place and looks; what cannot be seen is counted and left out.

A word is left out when it is written invisibly, lies outside the page, is too small, is turned, is transparent, or when the drawn page shows
nothing in its place (white on white, covered by a box): the page is drawn at 72 dots an inch and looked at.
Coordinates are points from the top left corner of the page as shown.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as c

from retrieval.readers.looks import FAINT, lost

TINY = 3.0
"""Points; smaller letters are not read by anybody."""
LIGHT = 128
"""Grey from which letters are compared with their ground: dark ones stand out, or nothing does."""
MAX_DOTS = 2400
"""Longest side of the drawing of a page."""

Box = tuple[float, float, float, float]
"""left, top, right, bottom"""


class Look(NamedTuple):
    """What the words of one text object have in common."""

    size: float
    bold: bool
    grey: int
    hidden: str
    """Why it is not seen, or an empty string."""


@dataclass(slots=True)
class Word:
    """One word, or what lies between two gaps."""

    text: str
    box: Box
    look: Look

    @property
    def middle(self) -> float:
        return (self.box[1] + self.box[3]) / 2


class Seen(NamedTuple):
    """The visible words of a page, and what was left out: reason -> characters."""

    words: list[Word]
    hidden: Counter[str]


def words(page: pdfium.PdfPage) -> Seen:
    """Reads one page."""
    placing = _Placing(page)
    found, hidden = [], Counter[str]()
    dots = _drawn(page)
    scale = dots.shape[1] / placing.width if placing.width else 1.0
    for word in _words(page, placing):
        reason = word.look.hidden or _outside(word.box, placing) or _unseen(word, dots, scale)
        if reason:
            hidden[reason] += len(word.text)
        else:
            found.append(word)
    return Seen(_without_doubles(found, hidden), hidden)


def _words(page: pdfium.PdfPage, placing: _Placing) -> Iterator[Word]:
    textpage = page.get_textpage()
    raw, looks = textpage.raw, _Looks(textpage.raw, placing)
    rect = c.FS_RECTF()
    letters: list[str] = []
    box: list[float] = []
    look: Look | None = None
    for index in range(c.FPDFText_CountChars(raw)):
        code = c.FPDFText_GetUnicode(raw, index)
        if code in _SPACES or not c.FPDFText_GetLooseCharBox(raw, index, rect):
            if letters and look:
                yield Word(_text(letters), placing.shown(box), look)
            letters = []
            continue
        its = looks.at(index)
        if letters and look is not its:
            yield Word(_text(letters), placing.shown(box), look or its)
            letters = []
        if letters:
            box = [min(box[0], rect.left), max(box[1], rect.top), max(box[2], rect.right), min(box[3], rect.bottom)]
        else:
            box, look = [rect.left, rect.top, rect.right, rect.bottom], its
        letters.append(chr(code) if code < 0x110000 else "\ufffd")
    if letters and look:
        yield Word(_text(letters), placing.shown(box), look)
    textpage.close()


_SPACES = frozenset((0, 9, 10, 13, 32, 0xA0, 0x2002, 0x2003, 0x2009, 0x3000))


def _text(letters: list[str]) -> str:
    return "".join(letters).replace("\x02", "-").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Placing:
    """From the page's own coordinates to points from the top left corner as shown."""

    def __init__(self, page: pdfium.PdfPage) -> None:
        left, bottom, right, top = page.get_cropbox() if page.get_cropbox() else page.get_mediabox()
        self.left, self.bottom, self.right, self.top = left, bottom, right, top
        self.turn = page.get_rotation() % 360
        wide, high = right - left, top - bottom
        self.width, self.height = (high, wide) if self.turn in (90, 270) else (wide, high)

    def shown(self, box: list[float]) -> Box:
        left, top, right, bottom = box
        if self.turn == 90:
            return bottom - self.bottom, left - self.left, top - self.bottom, right - self.left
        if self.turn == 180:
            return self.right - right, bottom - self.bottom, self.right - left, top - self.bottom
        if self.turn == 270:
            return self.top - top, self.right - right, self.top - bottom, self.right - left
        return left - self.left, self.top - top, right - self.left, self.top - bottom


class _Looks:
    """The look of each letter's text object, found once an object."""

    def __init__(self, textpage: Any, placing: _Placing) -> None:
        self._textpage, self._placing = textpage, placing
        self._known: dict[int, Look] = {}

    def at(self, index: int) -> Look:
        handle = c.FPDFText_GetTextObject(self._textpage, index)
        key = ctypes.cast(handle, ctypes.c_void_p).value or 0
        if (look := self._known.get(key)) is None:
            look = self._known[key] = self._look(handle, index)
        return look

    def _look(self, handle: Any, index: int) -> Look:
        matrix = c.FS_MATRIX()
        size = c.FPDFText_GetFontSize(self._textpage, index)
        turned = 0.0
        if c.FPDFText_GetMatrix(self._textpage, index, matrix):
            size *= (matrix.c**2 + matrix.d**2) ** 0.5
            turned = np.degrees(np.arctan2(matrix.b, matrix.a)) - self._placing.turn
        grey, alpha = self._colour(index)
        mode = c.FPDFTextObj_GetTextRenderMode(handle) if handle else 0
        hidden = ""
        if mode in (c.FPDF_TEXTRENDERMODE_INVISIBLE, c.FPDF_TEXTRENDERMODE_CLIP):
            hidden = "text written invisibly"
        elif alpha < 16:
            hidden = "transparent text"
        elif size < TINY:
            hidden = f"text smaller than {TINY:g} points"
        elif abs((turned + 180) % 360 - 180) > 3:
            hidden = "turned text (watermarks, margins)"
        return Look(round(size * 2) / 2, self._bold(index), grey if mode in (0, 2, 4, 6) else -1, hidden)

    def _colour(self, index: int) -> tuple[int, int]:
        red, green, blue, alpha = (ctypes.c_uint() for _ in range(4))
        if not c.FPDFText_GetFillColor(self._textpage, index, red, green, blue, alpha):
            return -1, 255
        return (299 * red.value + 587 * green.value + 114 * blue.value) // 1000, alpha.value

    def _bold(self, index: int) -> bool:
        name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
        c.FPDFText_GetFontInfo(self._textpage, index, name, 128, flags)
        lower = name.value.lower()
        return (
            any(mark in lower for mark in (b"bold", b"black", b"heavy", b"semibold", b"demi"))
            or c.FPDFText_GetFontWeight(self._textpage, index) >= 600
        )


def _drawn(page: pdfium.PdfPage) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The page in grey, a dot a point, or fewer on a very large page."""
    longest = max(page.get_size())
    bitmap = page.render(scale=min(1.0, MAX_DOTS / longest) if longest else 1.0, grayscale=True, may_draw_forms=False)
    dots = np.asarray(bitmap.to_numpy()).reshape(bitmap.height, bitmap.width)
    return dots


def _outside(box: Box, placing: _Placing) -> str:
    across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return "" if 0 <= across <= placing.width and 0 <= down <= placing.height else "text outside the page"


def _unseen(word: Word, dots: np.ndarray[Any, np.dtype[np.uint8]], scale: float) -> str:
    left, top, right, bottom = word.box
    quarter = (bottom - top) / 5
    place = dots[
        max(int((top + quarter) * scale), 0) : int((bottom - quarter) * scale) + 1, max(int(left * scale), 0) : int(right * scale) + 1
    ]
    if not place.size:
        return "text outside the page"
    low, high = int(place.min()), int(place.max())
    grey = word.look.grey
    if grey >= LIGHT and lost(grey, _ground(word.box, dots, scale)):
        return "white text on white" if grey > 230 else "text in the colour of its background"
    if high - low < FAINT or (grey >= 0 and max(high - grey, grey - low) < FAINT):
        return _colour_name(grey, high) if grey >= 0 and abs(grey - high) < 2 * FAINT else "text that is covered"
    return ""


def _ground(box: Box, dots: np.ndarray[Any, np.dtype[np.uint8]], scale: float) -> float:
    """The grey around the letters: that of the strips just above and below them."""
    left, top, right, bottom = box
    rows = [min(max(int((top + part * (bottom - top)) * scale), 0), dots.shape[0] - 1) for part in (0.08, 0.92)]
    return float(np.median(dots[rows, max(int(left * scale), 0) : int(right * scale) + 1]))


def _colour_name(grey: int, ground: int) -> str:
    return "white text on white" if grey > 230 and ground > 230 else "text in the colour of its background"


def _without_doubles(found: list[Word], hidden: Counter[str]) -> list[Word]:
    """Of words drawn upon each other the one that stands out stays; the same word drawn twice (for boldness) is one."""
    made: list[Word] = []
    rows: dict[int, list[Word]] = {}
    for word in found:
        row = rows.setdefault(round(word.middle / 4), [])
        beneath = next(
            (one for key in (-1, 0, 1) for one in rows.get(round(word.middle / 4) + key, ()) if _covers(one.box, word.box)), None
        )
        if beneath is None:
            row.append(word)
            made.append(word)
        elif beneath.text != word.text:
            hidden["text beneath other text"] += min(len(word.text), len(beneath.text))
            if word.look.grey < beneath.look.grey:
                beneath.text, beneath.box, beneath.look = word.text, word.box, word.look
    return made


def _covers(one: Box, other: Box) -> bool:
    """Whether they share more than half of the smaller one."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or down <= 0:
        return False
    smaller = min((one[2] - one[0]) * (one[3] - one[1]), (other[2] - other[0]) * (other[3] - other[1]))
    return across * down > 0.5 * smaller
