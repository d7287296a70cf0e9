"""JSON files: told apart by what they hold, and handed to the reader of that shape."""

from __future__ import annotations

import json
from typing import Any

from retrieval.drug_readers import fhir, openfda
from retrieval.errors import SourceInvalid
from retrieval.types import DrugRecord

DEEPEST = 40
"""Levels of nesting; real records need about fifteen."""


def read(data: bytes, name: str) -> list[DrugRecord]:
    """Records of a FHIR resource or of an openFDA answer."""
    value = _load(data, name)
    if isinstance(value, dict) and "resourceType" in value:
        return fhir.records(value, name)
    if isinstance(value, dict) and ("results" in value or "openfda" in value):
        return openfda.records(value, name)
    raise SourceInvalid(
        name, "neither FHIR nor an openFDA label", remedy="Give a Medication, MedicationKnowledge or Bundle, or openFDA's `results`."
    )


def _load(data: bytes, name: str) -> Any:
    try:
        text = data.decode("utf-8-sig")
        depth = deepest = 0
        for mark in text:
            depth += (mark in "[{") - (mark in "]}")
            deepest = max(deepest, depth)
        if deepest > 4 * DEEPEST:
            raise SourceInvalid(name, "nested too deep", remedy="This is no drug record.")
        return json.loads(text)
    except UnicodeDecodeError as error:
        raise SourceInvalid(name, "not UTF-8", remedy="Save the file as UTF-8.") from error
    except json.JSONDecodeError as error:
        raise SourceInvalid(name, f"not JSON ({error.msg})", line=error.lineno, remedy="Export the file again.") from error
