"""Entries as CSV for a spreadsheet, or as JSON lines that a stranger can verify without this software."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from clinic.audit.acts import ACTS
from clinic.audit.models import Entry

COLUMNS = ("index", "at", "act", "words", "actor", "role", "subject", "body", "leaf", "chain")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so would be run by a spreadsheet; it gets an apostrophe before it."""


def as_json_lines(entries: Iterable[Entry]) -> Iterator[str]:
    """`body` is the very text that was hashed: leaf = SHA-256(0x00 || body), chain = SHA-256(previous chain || leaf)."""
    for entry in entries:
        yield json.dumps({"index": entry.index, "body": entry.body, "leaf": entry.leaf, "chain": entry.chain}, ensure_ascii=False) + "\n"


def as_csv(entries: Iterable[Entry]) -> Iterator[str]:
    yield _line(COLUMNS)
    for entry in entries:
        words = ACTS.get(entry.act, entry.act)
        shown = (entry.actor, entry.role, entry.subject, entry.body, entry.leaf, entry.chain)
        yield _line((entry.index, entry.at.isoformat(), entry.act, words, *shown))


def _line(cells: Iterable[Any]) -> str:
    out = io.StringIO()
    csv.writer(out).writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in cells])
    return out.getvalue()


FORMATS: dict[str, tuple[Callable[[Iterable[Entry]], Iterator[str]], str]] = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "jsonl": (as_json_lines, "application/jsonl; charset=utf-8"),
}
"""Format -> (writer, media type)."""
