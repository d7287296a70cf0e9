"""One drug record in our own form: the shape of `fixtures/drugs/`."""

from __future__ import annotations

from retrieval.formulary import read_record
from retrieval.types import DrugRecord


def read(data: bytes, name: str) -> list[DrugRecord]:
    return [read_record(data, name)]
