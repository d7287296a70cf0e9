"""The hospital's own drug records: files in its data folder, laid over the demonstration's, each change in the log.

`plan` is pure and tells what an import would do; `import_drugs` and `withdraw_drug` do it. A page for a second person's approval
calls `plan` with one person and `import_drugs` with the other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from clinic import wiring
from clinic.audit.log import in_turn
from clinic.audit.log import record as log
from clinic.people.access import require
from retrieval import naming
from retrieval.drug_gaps import lost, missing
from retrieval.drug_readers import read
from retrieval.errors import SourceInvalid
from retrieval.formulary import DrugTable, read_record
from retrieval.types import DrugRecord

SHELL = "system:shell"


@dataclass(frozen=True, slots=True)
class Change:
    """What an import does to one drug."""

    record: DrugRecord
    replaces: str
    """`demonstration`, `hospital`, or empty for a drug that is new here."""
    unchanged: bool
    missing: tuple[str, ...]
    lost: tuple[str, ...]
    """Decisive facts that the present record has and this one does not."""


def plan(records: Sequence[DrugRecord], table: DrugTable) -> tuple[Change, ...]:
    """What importing the records would do. A salt or synonym of a drug we know takes its INN, so that no drug stands twice."""
    return tuple(_change(_named(record, table), table) for record in records)


def import_drugs(path: Path, *, by: Any, replace: bool = False, check: bool = False) -> tuple[Change, ...]:
    """All records of a file, or none. A record that would silence a check is refused unless `replace`; `check` writes nothing."""
    _require(by)
    data = path.read_bytes()
    changes = plan(read(data, path.name), wiring.formulary())
    names = [one.record.name for one in changes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise SourceInvalid(path.name, f"{twice} stands twice under two names", field="name", remedy="Keep one record of each drug.")
    poorer = next((one for one in changes if one.lost), None)
    if poorer and not replace and not check:
        raise SourceInvalid(
            path.name,
            f"{poorer.record.name} would lose {', '.join(poorer.lost)}, and the safety checks with them",
            remedy="Complete the record, or import with --replace.",
        )
    if not check:
        _write([one for one in changes if not one.unchanged], sha256(data).hexdigest(), by)
    return changes


def withdraw_drug(name: str, *, by: Any) -> None:
    """Takes the hospital's record away; the demonstration's, if there is one, holds again."""
    _require(by)
    found = wiring.formulary().find(name)
    if found is None or found.name not in wiring.formulary().own:
        raise SourceInvalid(name, "the hospital has no record of its own", remedy="See `manage.py drugs list`.")
    with in_turn():
        log("drug.withdrawn", f"drug:{found.name}", by=by)
        for path in own_files(found.name):
            path.unlink()


def own_files(name: str) -> list[Path]:
    """The hospital's files that hold the drug; a file put there by hand may have any name."""
    return [path for path in sorted(settings.DRUGS.glob("*.yaml")) if read_record(path.read_bytes(), path.name).name == name]


def as_yaml(record: DrugRecord) -> bytes:
    """The record as a file that reads back as the same record."""
    text = yaml.safe_dump(record.model_dump(mode="json", exclude_defaults=True), allow_unicode=True, sort_keys=False, width=120).encode()
    if read_record(text, record.name) != record:
        raise SourceInvalid(record.name, "cannot be written so that it reads back the same", remedy="Report this record.")
    return text


def _change(record: DrugRecord, table: DrugTable) -> Change:
    old = next((one for one in table.records() if one.name == record.name), None)
    replaces = "" if old is None else "hospital" if old.name in table.own else "demonstration"
    return Change(record, replaces, old == record, missing(record), lost(old, record) if old else ())


def _named(record: DrugRecord, table: DrugTable) -> DrugRecord:
    known = table.inn(record.name)
    if not known or known == record.name:
        return record
    other = () if naming.key(record.name) in map(naming.key, record.brands) else (record.name,)
    return record.model_copy(update={"name": known, "brands": (*record.brands, *other)})


def _write(changes: Sequence[Change], digest: str, by: Any) -> None:
    settings.DRUGS.mkdir(parents=True, exist_ok=True)
    files = [(one, settings.DRUGS / _file_name(one.record.name), as_yaml(one.record)) for one in changes]
    with in_turn():
        for one, path, text in files:
            log("drug.imported", f"drug:{one.record.name}", by=by, file=digest, record=sha256(text).hexdigest(), replaces=one.replaces)
            fresh = path.with_suffix(".new")
            fresh.write_bytes(text)
            for old in own_files(one.record.name):
                if old != path:
                    old.unlink()
            os.replace(fresh, path)


def _file_name(name: str) -> str:
    """Readable, of harmless characters, and different for different names."""
    return f"{re.sub('[^a-z0-9]+', '-', name).strip('-')[:60] or 'drug'}-{sha256(name.encode()).hexdigest()[:8]}.yaml"


def _require(by: Any) -> None:
    if not isinstance(by, str):
        require(by, "knowledge.edit")
