"""The hospital's drug records, looked up exactly: by name, brand, ATC code, translated name; never by similarity."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError
from rapidfuzz import fuzz, process

from retrieval import naming, plain_yaml
from retrieval.cleaning import clean
from retrieval.drug_classes import class_key, classes_of
from retrieval.drug_index import DrugIndex
from retrieval.errors import SourceInvalid
from retrieval.matching import Matcher
from retrieval.mechanisms import Mechanisms
from retrieval.types import DrugRecord, Interaction, KnownDrug, Severity

_ORDER = {Severity.HIGH: 0, Severity.MODERATE: 1, Severity.LOW: 2}
_SIMILAR = 68
"""Least similarity, of 100, at which a name is suggested."""


class DrugTable:
    """The Formulary over records in memory, and over drugs known by their class alone."""

    def __init__(
        self,
        records: Iterable[DrugRecord],
        mechanisms: Mechanisms | None = None,
        own: Iterable[str] = (),
        index: DrugIndex | None = None,
    ) -> None:
        self._records = {record.name: record for record in sorted(records, key=lambda record: record.name)}
        self.drug_index = index or DrugIndex()
        self._classes = {name: classes_of(drug) for name, drug in (self.drug_index.drugs | self._records).items()}
        for name in self._records.keys() & self.drug_index.drugs.keys():
            self._classes[name] |= classes_of(self.drug_index.drugs[name])
        self._index: dict[str, str] = {}
        self._combinations = {naming.parts(name): name for name in self._records if "/" in name}
        for forms in (_own, _brands, _translations):
            for record in self._records.values():
                for form in filter(None, map(naming.key, forms(record))):
                    self._index.setdefault(form, record.name)
        self._inns = {**self.drug_index.synonyms, **{naming.key(name): name for name in self.drug_index.drugs}, **self._index}
        self.own = frozenset(own)
        """Names of the records that are the hospital's, not the demonstration's."""
        self.mechanisms = mechanisms or Mechanisms()
        self._rules = self.mechanisms.lookup()
        self._aims = {name: [(class_key(i.other), naming.key(i.other), i) for i in one.interactions] for name, one in self._records.items()}
        self._groups = {name: self.mechanisms.keys({class_key(name), *classes}) for name, classes in self._classes.items()}
        self.digest = _digest(self._records.values(), self.mechanisms, self.drug_index)

    def __len__(self) -> int:
        return len(self._records)

    def find(self, name: str) -> DrugRecord | None:
        """By name, brand, ATC code or translated name; salts, strengths and forms after the name are passed over."""
        for candidate in naming.variants(name):
            if candidate in self._index:
                return self._records[self._index[candidate]]
        combination = self._combinations.get(naming.parts(name)) if naming.parts(name) else None
        return self._records[combination] if combination else None

    def known(self, name: str) -> KnownDrug | None:
        """A drug that has no record and is known by its class alone; None if it has one, or is not known at all."""
        inn = self.inn(name)
        return None if inn in self._records else self.drug_index.drugs.get(inn)

    def inn(self, name: str) -> str:
        """The INN of any drug known here, with a record or by its class alone; empty if it is not known."""
        if record := self.find(name):
            return record.name
        return next((self._inns[form] for form in naming.variants(name) if form in self._inns), "")

    def ingredients(self, name: str) -> tuple[str, ...]:
        """INNs of a drug or of every part of a combination; empty unless all of it is known."""
        if inn := self.inn(name):
            return (inn,)
        found = tuple(self.inn(part) for part in sorted(naming.parts(name)))
        return found if all(found) else ()

    def interactions_known(self, name: str) -> bool:
        """Whether finding no interaction means something: each part has a record, or a rule reaches it through its class."""
        parts = self.ingredients(name)
        return bool(parts) and all(part in self._records or bool(self._groups[part] & self._rules.keys()) for part in parts)

    def suggest(self, name: str, limit: int = 5) -> list[str]:
        """INNs whose name, brand or translation is close to a misspelt one, the closest first."""
        wanted = _letters(naming.key(name))
        if not wanted:
            return []
        scored = process.extract(wanted, self._spellings, scorer=fuzz.ratio, score_cutoff=_SIMILAR, limit=limit * 4)
        return list(dict.fromkeys(self._inns[form] for _, _, form in scored))[:limit]

    def mentioned(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, INN) of every drug named in the text, left to right, not overlapping."""
        return [hit for hit in self._matcher.find(text) if hit[2]]

    def interactions(self, a: str, b: str) -> list[Interaction]:
        """Between two drugs, from either record or by mechanism, the worst first; [] if one is not known, or both are one drug."""
        pairs = {frozenset((one, other)) for one in self.ingredients(a) for other in self.ingredients(b) if one != other}
        found = [said for pair in sorted(map(sorted, pairs)) for said in self._between(pair[0], pair[1])]
        return sorted(dict.fromkeys(found), key=lambda interaction: _ORDER[interaction.severity])

    def names(self) -> list[str]:
        """All INNs, sorted."""
        return list(self._records)

    def records(self) -> list[DrugRecord]:
        """All records, by INN."""
        return list(self._records.values())

    def classes(self, name: str) -> frozenset[str]:
        """Class keys of a drug (see drug_classes.class_key), the implied ones included; empty if it is unknown."""
        return self._classes.get(self.inn(name), frozenset())

    def groups(self, name: str) -> frozenset[str]:
        """Keys of a drug's name, classes and groups of mechanisms; empty if it is unknown."""
        return self._groups.get(self.inn(name), frozenset())

    def _between(self, one: str, other: str) -> list[Interaction]:
        return [*self._aimed(one, other), *self._aimed(other, one), *self._by_mechanism(one, other)]

    def _aimed(self, source: str, target: str) -> list[Interaction]:
        """Interactions in the record of `source`, if it has one, that name `target` or one of its classes."""
        classes = self._classes[target]
        return [one for group, name, one in self._aims.get(source, ()) if group in classes or self._inns.get(name) == target]

    def _by_mechanism(self, one: str, other: str) -> list[Interaction]:
        rows = [self._rules[key] for key in sorted(self._groups[one] & self._rules.keys())]
        return [found for row in rows for key in sorted(self._groups[other] & row.keys()) for found in row[key]]

    @cached_property
    def _matcher(self) -> Matcher:
        forms = {phrase: "" for phrase in naming.NOT_THE_DRUG}
        for form, inn in naming.NATIONAL.items():
            if inn in self._records:
                forms[form.upper() if len(form) <= 4 else form] = inn
        for record in self._records.values():
            for form in (*_own(record)[:1], *_brands(record), *_translations(record)):
                forms.setdefault(form, record.name)
        return Matcher(forms)

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {form: _letters(form) for form in self._inns}


def load_formulary(
    folder: Path, mechanisms: Mechanisms | None = None, own: Path | None = None, index: DrugIndex | None = None
) -> DrugTable:
    """Every drug record of a folder, with the hospital's `own` over them: of one name the hospital's holds. An error names file and field."""
    records = _load(folder)
    over = _load(own) if own else {}
    return DrugTable({**records, **over}.values(), mechanisms, own=over, index=index)


def _load(folder: Path) -> dict[str, DrugRecord]:
    records: dict[str, DrugRecord] = {}
    for path in sorted(folder.glob("*.yaml")):
        record = read_record(path.read_bytes(), path.name)
        if record.name in records:
            raise SourceInvalid(path.name, f"{record.name} has a record already", field="name", remedy="Keep one file for each drug.")
        records[record.name] = record
    return records


def read_record(data: bytes, name: str) -> DrugRecord:
    """One drug record from YAML."""
    fields = plain_yaml.load(clean(data.decode("utf-8-sig", errors="replace")), name)
    if not isinstance(fields, dict):
        raise SourceInvalid(name, "not a list of fields", line=1, remedy="Begin with `name:`.")
    try:
        record = DrugRecord.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SourceInvalid(name, str(first["msg"]), field=field, remedy="See retrieval/types.py: DrugRecord.") from error
    if record.name != record.name.strip().lower():
        raise SourceInvalid(name, "the name is not in lower case", field="name", remedy="Write the INN in lower case.")
    return record


def _own(record: DrugRecord) -> tuple[str, ...]:
    return (record.name, record.atc)


def _brands(record: DrugRecord) -> tuple[str, ...]:
    return record.brands


def _translations(record: DrugRecord) -> tuple[str, ...]:
    return tuple(record.names.values())


def _letters(text: str) -> str:
    """Hangul as letters, so that one wrong vowel is a small difference."""
    return unicodedata.normalize("NFD", text)


def _digest(records: Iterable[DrugRecord], mechanisms: Mechanisms, index: DrugIndex) -> str:
    facts = [one.model_dump(mode="json") for one in (*records, mechanisms, *index.classes)]
    canonical = json.dumps(facts, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
