"""Pipe tables: each row becomes one sentence that can be read alone, with the row's own span."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import regex

from retrieval.document import shown
from retrieval.errors import SourceInvalid
from retrieval.readers import cutting
from retrieval.readers.blocks import Block
from retrieval.types import Sentence

ROWS = 8
"""A longer table is cut into passages of this many rows."""

_PIPE = regex.compile(r"(?<!\\)\|")
_RULE = regex.compile(r"\s*:?-{1,}:?\s*$")
_EMPTY = frozenset(("", "-", "–", "—", "n/a"))


class Row(NamedTuple):
    """One row: its sentence and the reference keys it names."""

    sentence: Sentence
    keys: list[str]


def rows(text: str, block: Block, name: str, references: Mapping[str, str]) -> list[list[Row]]:
    """The rows of a table, in groups of at most ROWS."""
    lines: list[tuple[int, int]] = []
    start = block.start
    while start < block.end:
        end = text.find("\n", start, block.end)
        end = block.end if end < 0 else end
        lines.append((start, end))
        start = end + 1
    if len(lines) < 2 or not all(_RULE.match(cell) for cell in cells(text[slice(*lines[1])])):
        raise SourceInvalid(
            name, "a table without a rule under its headings", line=block.line, remedy="Put `|---|---|` under the first row."
        )
    heads = [shown(cell, set(references)) for cell in cells(text[slice(*lines[0])])]
    made = []
    for offset, (start, end) in enumerate(lines[2:], start=2):
        raw = text[start:end]
        values = [shown(cell.replace("\\|", "|"), set(references)) for cell in cells(raw)]
        if len(values) != len(heads):
            raise SourceInvalid(
                name,
                f"{len(values)} cells under {len(heads)} headings",
                line=block.line + offset,
                remedy="Give each row as many cells as headings.",
            )
        begin = start + len(raw) - len(raw.lstrip())
        read = _sentence(heads, values)
        if read:
            made.append(Row(Sentence(text=read, start=begin, end=start + len(raw.rstrip())), cutting.keys_in(raw, references)))
    return [made[n : n + ROWS] for n in range(0, len(made), ROWS)]


def cells(line: str) -> list[str]:
    """The cells of a row as they stand, with the spaces around them."""
    return list(_PIPE.split(line.strip().removeprefix("|").removesuffix("|")))


def offset(row: str, number: int) -> int:
    """Where in a row (begun by its bar) the cell of that number from 0 begins."""
    return int([found.end() for found in _PIPE.finditer(row)][number])


def pipes(rows: Sequence[Sequence[str]]) -> str:
    """A pipe table from rows of cells, the first row its heads; short rows are filled up."""
    width = max(map(len, rows))
    lines = ["| " + " | ".join([*(_cell(cell) for cell in row), *[""] * (width - len(row))]) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * width, *lines[1:]])


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _sentence(heads: list[str], cells: list[str]) -> str:
    """`apixaban: usual dose 5 mg twice daily; reduced dose 2.5 mg twice daily`."""
    facts = [f"{_lower(head)} {cell}".strip() for head, cell in zip(heads[1:], cells[1:], strict=True) if cell.casefold() not in _EMPTY]
    if not cells[0]:
        return "; ".join(facts)
    return f"{cells[0]}: {'; '.join(facts)}" if facts else cells[0]


def _lower(head: str) -> str:
    """Lower case at the beginning, unless the first word is an abbreviation or a hyphenated name."""
    first = head.split(" ")[0]
    return head[:1].lower() + head[1:] if first[1:].islower() and "-" not in first else head
