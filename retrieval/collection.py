"""Reads a folder of guidelines, drug records and glossary (the shape of `fixtures/`) in one call."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from retrieval import efficacy
from retrieval.class_names import class_terms
from retrieval.document import Document
from retrieval.formulary import DrugTable, load_formulary
from retrieval.glossary import Term, TermTable, load_glossary
from retrieval.readers import DOCUMENTS, read_path
from retrieval.types import DrugRecord, Passage
from retrieval.versions import in_force


class Collection(NamedTuple):
    """What search and safety need: passages in force, drug records, terms."""

    passages: list[Passage]
    formulary: DrugTable
    glossary: TermTable


def load_fixtures(folder: Path, on: date | None = None) -> Collection:
    """Everything of `folder/guidelines`, `folder/drugs` and `folder/glossary`; superseded versions give no passages."""
    formulary = load_formulary(folder / "drugs")
    current = in_force([*load_documents(folder / "guidelines"), *efficacy_documents(formulary.records())], on)
    return Collection([one for document in current for one in document.passages], formulary, load_glossary(folder / "glossary"))


def load_documents(folder: Path) -> list[Document]:
    """Every version of every source in a folder, superseded ones included."""
    return [read_path(path) for path in sorted(folder.iterdir()) if path.suffix in DOCUMENTS]


def efficacy_documents(records: Iterable[DrugRecord]) -> list[Document]:
    """The efficacy source of each drug that has one."""
    return [document for record in records if (document := efficacy.document(record))]


def search_terms(formulary: DrugTable, glossary: TermTable) -> list[Term]:
    """Names a search expands with: conditions, procedures, search words, drugs, drug classes. Hand them to `build(terms=...)`."""
    terms = {term.term: term for term in (*glossary.terms, *glossary.search_words)}
    for record in formulary.records():
        names = {language: (record.names[language],) if language in record.names else () for language in ("ko", "zh")}
        terms.setdefault(record.name, Term(term=record.name, synonyms=record.brands, **names))
    for term in class_terms():
        terms.setdefault(term.term, term)
    return list(terms.values())
