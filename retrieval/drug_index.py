"""Drugs known by their class alone: names, the class, its wider classes, what the class treats. No record, no dose, no limit.

The safety checks use it for interactions by mechanism, and say that nothing else was checked. Files: `fixtures/drug_index/`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from pydantic import ValidationError

from retrieval import naming, plain_yaml
from retrieval.cleaning import clean
from retrieval.drug_classes import class_key
from retrieval.errors import SourceInvalid
from retrieval.types import KnownDrug, Value


class DrugClass(Value):
    """One class and the drugs in it that have no record; the class may also be that of records."""

    name: str
    classes: tuple[str, ...] = ()
    """Wider classes and groups of mechanisms to which every drug of the class belongs."""
    treats: tuple[str, ...] = ()
    """Diseases whose course the class changes."""
    relieves: tuple[str, ...] = ()
    """Diseases of which it eases symptoms and leaves the course as it is."""
    source: str
    drugs: tuple[str, ...] = ()
    """Empty where the class, or the one drug it is named after, stands in records only."""
    synonyms: dict[str, tuple[str, ...]] = {}
    """INN -> further names. The INN may be that of a record: the name then leads to interactions, never to the record's doses."""


class DrugIndex:
    """The classes of all files; empty by default."""

    def __init__(self, classes: Iterable[DrugClass] = ()) -> None:
        self.classes = tuple(classes)
        self.drugs = {
            name: KnownDrug(name=name, drug_class=one.name, classes=one.classes, source=one.source)
            for one in self.classes
            for name in one.drugs
        }
        self.synonyms = {naming.key(form): inn for one in self.classes for inn, forms in one.synonyms.items() for form in forms}

    def uses(self, keys: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(treats, relieves) of the classes with these keys (see drug_classes.class_key)."""
        found = [one for key in sorted(keys) for one in self._by_key.get(key, ())]
        return tuple(dict.fromkeys(d for one in found for d in one.treats)), tuple(dict.fromkeys(d for one in found for d in one.relieves))

    def wider(self, key: str) -> tuple[str, ...]:
        """The wider classes that the index states of a class."""
        return tuple(dict.fromkeys(name for one in self._by_key.get(key, ()) for name in one.classes))

    @cached_property
    def _by_key(self) -> dict[str, list[DrugClass]]:
        found: dict[str, list[DrugClass]] = {}
        for one in self.classes:
            found.setdefault(class_key(one.name), []).append(one)
        return found


def load_index(folder: Path) -> DrugIndex:
    """Every class of a folder's files; an error names the file and the class. A drug stands in one class only, under one name."""
    classes: list[DrugClass] = []
    for path in sorted(folder.glob("*.yaml")):
        entries = plain_yaml.load(clean(path.read_text(encoding="utf-8-sig")), path.name)
        classes += [_class(fields, path.name) for fields in entries]
    seen: dict[str, str] = {}
    for one in classes:
        for form in (*one.drugs, *(form for forms in one.synonyms.values() for form in forms)):
            if other := seen.get(naming.key(form)):
                raise SourceInvalid(form, f"stands twice, in {other} and {one.name}", field="drugs", remedy="Keep it in one class.")
            seen[naming.key(form)] = one.name
    return DrugIndex(classes)


def _class(fields: object, name: str) -> DrugClass:
    try:
        return DrugClass.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        which = str(fields.get("name", "")) if isinstance(fields, dict) else ""
        raise SourceInvalid(name, f"{which}: {first['msg']}", field=field, remedy="See retrieval/drug_index.py: DrugClass.") from error
