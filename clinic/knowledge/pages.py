"""What each page of the library shows, as typed values for its template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.paginator import Page as Slice

from clinic.knowledge.drug_shelf import ByClass, Shared
from clinic.knowledge.forest import Plot
from clinic.knowledge.models import Source, SourceVersion
from clinic.knowledge.recall import Use
from clinic.knowledge.shelves import LANGUAGES, Asked, Results
from clinic.knowledge.stretch import Stretch
from retrieval.types import DrugRecord, Efficacy, Interaction, Passage, Severity, Strength, UnitKind


@dataclass(frozen=True, slots=True)
class LibraryPage:
    """The search with its filters; without a question, the shelves."""

    template: ClassVar[str] = "knowledge/library.html"
    kinds: ClassVar[tuple[str, ...]] = tuple(UnitKind)
    languages: ClassVar[dict[str, str]] = LANGUAGES
    strengths: ClassVar[tuple[str, ...]] = tuple(Strength)
    choices: dict[str, tuple[str, ...]]
    asked: Asked
    results: Results
    sources: Sequence[Any]
    drugs: int


@dataclass(frozen=True, slots=True)
class SourcePage:
    """One version of a source with its passages, beside its other versions."""

    template: ClassVar[str] = "knowledge/source.html"
    source: Source
    version: SourceVersion
    versions: tuple[SourceVersion, ...]
    current: SourceVersion | None
    passages: Slice[Passage]
    demonstration: bool
    drug: DrugRecord | None
    uses: tuple[Use, ...]


@dataclass(frozen=True, slots=True)
class PassagePage:
    """A source's text, or a stretch of it, with one span marked. `lost`: the place asked for is not in the passage, so all of it is marked.
    `place`: what was asked for, as the query of an address."""

    template: ClassVar[str] = "knowledge/passage.html"
    source: Source
    version: SourceVersion
    current: SourceVersion | None
    passage: Passage
    stretch: Stretch
    place: str
    quote: str
    lost: bool
    demonstration: bool
    drug: DrugRecord | None
    uses: tuple[Use, ...]

    @property
    def graded(self) -> bool:
        return self.passage.kind == UnitKind.RECOMMENDATION


@dataclass(frozen=True, slots=True)
class DrugsPage:
    """The Formulary as a list."""

    template: ClassVar[str] = "knowledge/drugs.html"
    q: str
    records: Sequence[DrugRecord]
    near: Sequence[str]
    digest: str
    total: int
    own: frozenset[str]
    """Names of the hospital's own records."""
    known: ByClass | None
    """The drug asked for, where its class is all that is known."""


@dataclass(frozen=True, slots=True)
class Result:
    """An efficacy record as a table row."""

    record: Efficacy
    measure: str
    figure: str
    passage: str


@dataclass(frozen=True, slots=True)
class DrugPage:
    """One drug record whole."""

    template: ClassVar[str] = "knowledge/drug.html"
    record: DrugRecord
    interactions: tuple[tuple[Severity, tuple[Interaction, ...]], ...]
    named_by: tuple[tuple[str, Interaction], ...]
    shared: tuple[Shared, ...]
    missing: tuple[str, ...]
    own: bool
    """It is the hospital's record, not the demonstration's."""
    label: tuple[tuple[str, str], ...]
    """(heading, text) of a label's sections."""
    plots: tuple[Plot, ...]
    results: tuple[Result, ...]
    source: str
    """Slug of its efficacy source, empty if it was not imported."""
