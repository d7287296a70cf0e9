"""Takes running headers and footers off the pages, and joins what a page break cut in two. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import regex

from retrieval.page import Block, Page
from retrieval.readers.lines import join
from retrieval.readers.tables import cells

EDGE = 2
"""Blocks from the top and from the bottom of a page that may be running headers or footers."""
LONGEST = 160
"""A longer block is never one."""

_NUMBER = regex.compile(r"\d+|\b[ivxlc]+\b", regex.IGNORECASE)
_PAGE_NUMBER = regex.compile(
    r"[\W_]*(?:page|p\.|seite|쪽|第)?\s*\d{1,4}(?:\s*(?:of|/|页|쪽)\s*\d{0,4})?[\W_]*(?:页|쪽)?[\W_]*$", regex.IGNORECASE
)
_ENDS = regex.compile(r"[.!?。！？:;：；…][\"'”’)\]）」]*\s*(?:\[[^\]]{1,40}\]|\d{1,3}(?:[,–-]\d{1,3})*)?$")
_GOES_ON = regex.compile(r"\p{Ll}|[\p{Han}\p{Hangul}]|[(\[\d]")


class Placed(NamedTuple):
    """A block and the page on which it begins."""

    block: Block
    page: int


def running(pages: Sequence[Page]) -> list[Placed]:
    """The blocks of all pages as one text."""
    repeated = _repeated(pages)
    made: list[Placed] = []
    for page in pages:
        fresh = True
        for place, block in enumerate(page.blocks):
            if _is_edge(place, len(page.blocks)) and len(pages) > 1 and _is_furniture(block, repeated):
                continue
            if fresh and made and made[-1].page < page.number and _continues(made[-1].block, block):
                last = made[-1]
                text = _rows(last.block.text, block.text) if block.kind == "table" else join(last.block.text, block.text)
                made[-1] = last._replace(block=last.block.model_copy(update={"text": text}))
            else:
                made.append(Placed(block, page.number))
            fresh = False
    return [one._replace(block=_unframed(one.block)) for one in made]


def _unframed(block: Block) -> Block:
    """A table of heads alone is a frame around text."""
    if block.kind != "table" or block.text.count("\n") != 1:
        return block
    return Block(kind="paragraph", text=" ".join(cell.strip().replace("\\|", "|") for cell in cells(block.text.split("\n")[0])).strip())


def _repeated(pages: Sequence[Page]) -> set[str]:
    """Forms of edge blocks that stand on three pages or more, mostly on neighbours (or every second one: left and right pages).

    A heading that begins a page of each chapter is none.
    """
    at: dict[str, list[int]] = defaultdict(list)
    for place, page in enumerate(pages):
        for form in {_form(one) for one in _edges(page.blocks)} - {""}:
            at[form].append(place)
    near = {form: sum(after - before <= 2 for before, after in pairwise(places)) for form, places in at.items()}
    return {form for form, places in at.items() if len(places) >= 3 and 2 * near[form] >= len(places)}


def _edges(blocks: Sequence[Block]) -> list[Block]:
    return [one for place, one in enumerate(blocks) if _is_edge(place, len(blocks)) and len(one.text) <= LONGEST and one.kind != "table"]


def _is_edge(place: int, count: int) -> bool:
    return place < EDGE or place >= count - EDGE


def _is_furniture(block: Block, repeated: set[str]) -> bool:
    if block.kind == "table" or len(block.text) > LONGEST:
        return False
    return bool(_PAGE_NUMBER.match(block.text)) or _form(block) in repeated


def _form(block: Block) -> str:
    """What stays the same from page to page: the words without their numbers."""
    return " ".join(_NUMBER.sub("#", block.text).casefold().split())


def _continues(before: Block, after: Block) -> bool:
    """Whether `after`, at the top of a page, goes on with `before`."""
    if before.kind == "table" or after.kind == "table":
        return before.kind == after.kind and len(cells(_head(before.text))) == len(cells(_head(after.text)))
    if before.kind == "heading" or after.kind != "paragraph":
        return False
    return not _ENDS.search(before.text) and bool(_GOES_ON.match(after.text))


def _rows(before: str, after: str) -> str:
    """One table; heads that are repeated on the new page stand once."""
    head, _, *rows = after.split("\n")
    rows = rows if head == _head(before) else [head, *rows]
    *kept, last = before.split("\n")
    if rows and len(kept) >= 2 and _is_rest(last, rows[0]):
        last = "| " + " | ".join(join(one.strip(), other.strip()) for one, other in zip(cells(last), cells(rows.pop(0)), strict=True)) + " |"
    return "\n".join([*kept, last, *rows])


def _is_rest(last: str, row: str) -> bool:
    """Whether a page break cut a row in two: its rest has cells without a word, and goes on with sentences that had not ended."""
    pairs = [(one.strip(), other.strip()) for one, other in zip(cells(last), cells(row), strict=False)]
    said = [(one, other) for one, other in pairs if other]
    return (
        len(cells(last)) == len(cells(row))
        and 0 < len(said) < len(pairs)
        and all(one and not _ENDS.search(one) for one, _ in said)
        and any(_GOES_ON.match(other) for _, other in said)
    )


def _head(table: str) -> str:
    return table.split("\n")[0]
