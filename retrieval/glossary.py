"""Clinical conditions and procedures by any of their names, in English, Korean and Chinese."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from retrieval import plain_yaml
from retrieval.cleaning import clean, fold
from retrieval.errors import SourceInvalid
from retrieval.matching import Matcher, case_matters
from retrieval.types import Value

SEARCH = "search"
"""Folder of the search words within a glossary."""


class Term(Value):
    """One concept: its English name and all others."""

    term: str
    synonyms: tuple[str, ...] = ()
    ko: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    icd10: str = ""
    search_only: bool = False
    """Widens a query and is no condition or procedure of a patient: a test, a finding, an organism, a word of treatment."""

    @property
    def forms(self) -> tuple[str, ...]:
        """Every name, the English one first."""
        return (self.term, *self.synonyms, *self.ko, *self.zh)


class TermTable:
    """The Glossary over terms in memory. A name that two terms share finds neither, but expands to both."""

    def __init__(self, terms: Iterable[Term], search_words: Iterable[Term] = ()) -> None:
        """`search_words` are kept for searches alone: nothing here finds them."""
        self.terms = tuple(terms)
        self.search_words = tuple(search_words)
        self._named = {fold(term.term): term for term in self.terms}
        owners: dict[str, dict[str, str]] = defaultdict(dict)
        for term in self.terms:
            for form in term.forms:
                owners[fold(form)][term.term] = form
        for term in self.terms:
            owners[fold(term.term)] = {term.term: term.term}
        self._canonical = {name: next(iter(by)) for name, by in owners.items() if len(by) == 1}
        clear = {next(iter(by.values())): next(iter(by)) for by in owners.values() if len(by) == 1}
        shared = {next(iter(by.values())): name for name, by in owners.items() if len(by) > 1}
        self._owners = owners
        self._matcher = Matcher(clear)
        self._shared = Matcher(shared)
        self.digest = hashlib.sha256("\n".join(term.model_dump_json() for term in self.terms).encode()).hexdigest()

    def __len__(self) -> int:
        return len(self.terms)

    def canonical(self, name: str) -> str:
        """The concept's one English name, or the folded input if unknown or shared by several."""
        folded = fold(name)
        return self._canonical.get(folded, folded)

    def known(self, name: str) -> bool:
        """Whether the name leads to one term."""
        return fold(name) in self._canonical

    def mentioned(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, canonical name) of every concept named, left to right, not overlapping."""
        return self._matcher.find(text)

    def expand(self, text: str) -> list[str]:
        """Names, abbreviations and translations of the concepts in the text that do not stand in it already."""
        found = [(text[start:end], name) for start, end, name in self._matcher.find(text)]
        found += [(text[start:end], owner) for start, end, shared in self._shared.find(text) for owner in self._owners[shared]]
        present = fold(text)
        forms = [form for surface, name in found for form in _wider(self._named[fold(name)], surface)]
        return [form for form in dict.fromkeys(forms) if fold(form) not in present]


def _wider(term: Term, surface: str) -> tuple[str, ...]:
    """The names that a query with this one gets. A plain English search word gets its translations only: `surgery` finds what it says."""
    return (*term.ko, *term.zh) if term.search_only and surface.isascii() and not case_matters(surface) else term.forms


def load_glossary(folder: Path) -> TermTable:
    """Reads every file of terms in a folder, and of search words in its folder `search`; a term that stands in two files is an error."""
    terms = _read(sorted(folder.glob("*.yaml")))
    words = _read(sorted((folder / SEARCH).glob("*.yaml")))
    if both := sorted(terms.keys() & words.keys()):
        raise SourceInvalid(SEARCH, f"{both[0]} is a term already", remedy="Join the two entries.")
    return TermTable(terms.values(), [word.model_copy(update={"search_only": True}) for word in words.values()])


def _read(paths: Sequence[Path]) -> dict[str, Term]:
    terms: dict[str, Term] = {}
    for path in paths:
        entries = plain_yaml.load(clean(path.read_text(encoding="utf-8-sig")), path.name)
        for number, fields in enumerate(entries if isinstance(entries, list) else [entries], start=1):
            term = _term(fields, path.name, number)
            if fold(term.term) in terms:
                raise SourceInvalid(path.name, f"{term.term} stands twice", field=f"entry {number}", remedy="Join the two entries.")
            terms[fold(term.term)] = term
    return terms


def _term(fields: object, name: str, number: int) -> Term:
    try:
        return Term.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(("entry", str(number), *(str(part) for part in first["loc"])))
        raise SourceInvalid(name, str(first["msg"]), field=field, remedy="Write {term, synonyms, ko, zh, icd10}.") from error
