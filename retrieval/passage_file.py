"""The passages of a generation on disk: one JSON line each, by id. Opening costs the ids; a passage is parsed when it is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import overload

import numpy as np
from pydantic import ValidationError

from retrieval.errors import GenerationDamaged
from retrieval.types import Passage

LINES, COLUMNS = "passages.jsonl", "passages.columns.npy"
FILES = (LINES, COLUMNS)
_COLUMN = np.dtype([("id", "S16"), ("english", "?"), ("start", "<u8"), ("end", "<u8")])
_KEPT = 20_000
"""Parsed passages kept in memory."""


def write(folder: Path, passages: Iterable[Passage]) -> None:
    """Writes FILES; the passages come sorted by id."""
    columns, start = [], 0
    with (folder / LINES).open("wb") as lines:
        for passage in passages:
            line = passage.model_dump_json().encode() + b"\n"
            lines.write(line)
            columns.append((passage.id.encode(), passage.language.startswith("en"), start, start + len(line)))
            start += len(line)
    np.save(folder / COLUMNS, np.array(columns, dtype=_COLUMN))


class PassageFile(Sequence[Passage]):
    """Reads what `write` wrote. The file stays open, so a folder that is removed does not disturb who has it open."""

    def __init__(self, folder: Path) -> None:
        self._columns = np.load(folder / COLUMNS, mmap_mode="r", allow_pickle=False)
        size = (folder / LINES).stat().st_size
        if self._columns.dtype != _COLUMN or (len(self._columns) and int(self._columns["end"][-1]) != size):
            raise GenerationDamaged(f"{folder.name}: {COLUMNS} does not fit {LINES}. Build the index again.")
        self._ids = np.array(self._columns["id"])
        self._lines = np.memmap(folder / LINES, dtype=np.uint8, mode="r") if size else np.zeros(0, dtype=np.uint8)
        self._parse = lru_cache(maxsize=_KEPT)(self._parsed)

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, place: int) -> Passage: ...
    @overload
    def __getitem__(self, place: slice) -> list[Passage]: ...
    def __getitem__(self, place: int | slice) -> Passage | list[Passage]:
        if isinstance(place, slice):
            return [self._parse(n) for n in range(*place.indices(len(self)))]
        return self._parse(range(len(self))[place])

    def __iter__(self) -> Iterator[Passage]:
        return (self._parsed(place) for place in range(len(self)))

    def place(self, passage_id: str) -> int | None:
        """Where the passage of this id stands."""
        key = passage_id.encode()
        place = int(np.searchsorted(self._ids, np.bytes_(key)))
        return place if place < len(self) and self._ids[place] == key else None

    def ids(self) -> list[str]:
        """Of all passages."""
        return [one.decode() for one in self._ids]

    def id(self, place: int) -> str:
        """Of the passage at this place."""
        return str(self._ids[place].decode())

    def not_english(self) -> frozenset[str]:
        """Ids of the passages in other languages."""
        return frozenset(one.decode() for one in self._ids[~self._columns["english"]])

    def _parsed(self, place: int) -> Passage:
        start, end = int(self._columns["start"][place]), int(self._columns["end"][place])
        try:
            return Passage.model_validate_json(self._lines[start:end].tobytes(), extra="ignore")
        except ValidationError as error:
            raise GenerationDamaged(f"Passage {place} cannot be read. Build the index again.") from error
