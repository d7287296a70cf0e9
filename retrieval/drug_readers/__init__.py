"""Readers turn one file of drug records into DrugRecords. A new format is one file here and one line in READERS.

Nothing is invented: what a file does not state stays unknown in the record, and `retrieval.drug_gaps.missing` lists it. Text
that states a fact without structure (a label's sections) is kept verbatim in `DrugRecord.label`, for people; no check reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from retrieval.drug_readers import csv_table, json_record, spl, yaml_record
from retrieval.errors import FormatUnknown, SourceInvalid, SourceTooLarge
from retrieval.types import DrugRecord

Reader = Callable[[bytes, str], list[DrugRecord]]
"""(content, name for messages) -> records. Raises SourceInvalid, which names the place and says what to do."""

READERS: dict[str, Reader] = {
    ".yaml": yaml_record.read,
    ".yml": yaml_record.read,
    ".csv": csv_table.read,
    ".json": json_record.read,  # FHIR Medication, MedicationKnowledge, Bundle; openFDA label
    ".xml": spl.read,
}

MAX_BYTES = 8 * 1024 * 1024


def read(data: bytes, name: str) -> list[DrugRecord]:
    """The records of a file, with the reader that the name's ending chooses; two of one name are refused."""
    suffix = Path(name).suffix.lower()
    if suffix not in READERS:
        raise FormatUnknown(
            f"{name}: no reader of drug records for {suffix or 'a name without an ending'}. Use one of {', '.join(READERS)}."
        )
    if len(data) > MAX_BYTES:
        raise SourceTooLarge(f"{name}: {len(data)} bytes; at most {MAX_BYTES} are read. Split the file.")
    records = READERS[suffix](data, name)
    if not records:
        raise SourceInvalid(name, "holds no drug", remedy="See README.md of retrieval/drug_readers for the shapes that are read.")
    names = [record.name for record in records]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice:
        raise SourceInvalid(name, f"{twice} stands twice", field="name", remedy="Keep one record of each drug.")
    return records
