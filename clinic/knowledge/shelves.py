"""What the library's pages look up: hits of a search, sources with their counts, drugs by any of their names."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from clinic import wiring
from clinic.knowledge import standing
from clinic.knowledge.models import PassageRow, Source, SourceVersion, Upload, VersionState
from retrieval import efficacy
from retrieval.errors import RetrievalError
from retrieval.readers import front_matter
from retrieval.types import DrugRecord, Efficacy, Hit, Interaction, Passage, Strength, UnitKind

log = logging.getLogger(__name__)

SHOWN, DEEP = 40, 200
"""Hits on a page; hits looked at when filters apply."""
LONGEST = 300
"""Characters of a question that are searched with."""
LANGUAGES = {"en": "English", "ko": "Korean", "zh": "Chinese"}
DRUG = "drug:"
"""How the slug of a drug's efficacy source begins."""
DEMONSTRATION = "demonstration"


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as the reader typed it; filters that mean nothing are empty."""

    q: str = ""
    language: str = ""
    kind: str = ""
    source: str = ""
    specialty: str = ""
    organisation: str = ""
    strength: str = ""
    since: str = ""
    """A year: effective in it or later."""
    cut: bool = False
    """The question was longer than is searched with."""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Asked:
        typed = " ".join("".join(c if c.isprintable() else " " for c in given.get("q", "")).split())
        known = {"language": LANGUAGES, "kind": set(UnitKind), "strength": set(Strength), "since": set(map(str, range(1990, 2100)))}
        coded = {name: given.get(name, "") for name, values in known.items() if given.get(name, "") in values}
        free = {name: given.get(name, "")[:200] for name in ("source", "specialty", "organisation")}
        return cls(q=typed[:LONGEST], cut=len(typed) > LONGEST, **coded, **free)

    @property
    def filtered(self) -> bool:
        return any((self.language, self.kind, self.source, self.specialty, self.organisation, self.strength, self.since))

    def holds(self, one: Passage, specialties: Mapping[str, str]) -> bool:
        """Whether a passage passes the filters. `specialties`: of each source."""
        wanted = (
            (self.kind, one.kind), (self.source, one.source), (self.organisation, one.organisation), (self.strength, one.strength),
            (self.specialty, specialties.get(one.source, "")),
        )  # fmt: skip
        return all(asked in ("", found) for asked, found in wanted) and one.effective >= self.since


@dataclass(frozen=True, slots=True)
class Found:
    """A hit, its text cut where the reader's words stand: (text, whether it is one of them)."""

    passage: Passage
    pieces: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Results:
    """What a search gave. `trouble`: why the index could not be searched, in words for a person."""

    found: tuple[Found, ...] = ()
    more: bool = False
    passages: int = 0
    digest: str = ""
    trouble: str = ""


def search(asked: Asked) -> Results:
    """By words alone: the web process never loads an embedder."""
    try:
        library = wiring.library(dense=False)
        hits = standing.search(library, asked.q, DEEP if asked.filtered else SHOWN + 1, asked.language or None) if asked.q else []
    except (RetrievalError, OSError, ValueError) as error:
        log.warning("library not searched: %s", error)
        return Results(trouble=str(error) or type(error).__name__)
    specialties = dict(Source.objects.values_list("slug", "specialty")) if asked.specialty else {}
    kept = [hit for hit in hits if asked.holds(hit.passage, specialties)]
    return Results(tuple(_found(hit, asked.q) for hit in kept[:SHOWN]), len(kept) > SHOWN, len(library), library.digest)


def _found(hit: Hit, question: str) -> Found:
    return Found(hit.passage, pieces(hit.passage.text, question))


def pieces(text: str, question: str) -> tuple[tuple[str, bool], ...]:
    """The text cut at the words of the question."""
    words = sorted({word for word in re.findall(r"\w+", question) if len(word) > 2 or not word.isascii()}, key=len, reverse=True)
    if not words:
        return ((text, False),)
    parts = re.split("(" + "|".join(rf"\b{re.escape(w)}" if w.isascii() else re.escape(w) for w in words) + ")", text, flags=re.IGNORECASE)
    return tuple((part, n % 2 == 1) for n, part in enumerate(parts) if part)


def guidelines() -> QuerySet[Source]:
    """All sources but the drugs' own, with how many versions, units in force and recommendations each has."""
    now = Q(versions__state=VersionState.PUBLISHED)
    recommended = now & Q(versions__passages__body__kind=UnitKind.RECOMMENDATION.value)
    counts = {"units": Count("versions__passages", filter=now), "recommendations": Count("versions__passages", filter=recommended)}
    rows = Source.objects.exclude(slug__startswith=DRUG).annotate(**counts)
    return rows.prefetch_related("versions").order_by("specialty", "title")


def choices() -> dict[str, tuple[str, ...]]:
    """What the filters offer: specialties and organisations in force, and the years they took effect in."""
    rows = list(
        SourceVersion.objects.filter(state=VersionState.PUBLISHED)
        .exclude(source__slug__startswith=DRUG)
        .values_list("source__specialty", "organisation", "effective__year")
    )
    specialties, organisations, years = ({row[n] for row in rows if row[n]} for n in range(3))
    return {
        "specialty": tuple(sorted(specialties)),
        "organisation": tuple(sorted(organisations)),
        "since": tuple(str(year) for year in sorted(years, reverse=True)),
    }


def passages_of(version: SourceVersion) -> tuple[Passage, ...]:
    """In the order of the source."""
    return tuple(Passage.model_validate(body, extra="ignore") for body in version.passages.order_by("place").values_list("body", flat=True))


def references_of(version: SourceVersion) -> dict[str, str]:
    """What the `[keys]` of a source stand for: by its front matter, or as they were read from an uploaded file."""
    upload = Upload.objects.filter(version=version).first()
    if upload is not None and upload.document:
        return dict(upload.document["meta"]["references"])
    try:
        return dict(front_matter.split(version.text, version.source_id).meta.references)
    except RetrievalError:
        return {}


def is_demonstration(version: SourceVersion) -> bool:
    """Whether it came with the software, to show the way; not for care."""
    return (
        version.source_id.startswith(DRUG)
        or DEMONSTRATION in version.organisation.lower()
        or "demonstration content" in version.text.lower()
    )


def drug_of(slug: str) -> DrugRecord | None:
    """The drug whose efficacy source this is."""
    if not slug.startswith(DRUG):
        return None
    wanted = slug.removeprefix(DRUG)
    return next((one for one in wiring.formulary().records() if wanted == source_of(one).removeprefix(DRUG)), None)


def source_of(record: DrugRecord) -> str:
    """The slug of a drug's efficacy source."""
    return DRUG + record.name.replace(" ", "-").replace("/", "-")


def drugs(question: str) -> tuple[list[DrugRecord], list[str]]:
    """Records whose name, brand, class, ATC code, translation or indication holds the words; and near names if there are none."""
    table = wiring.formulary()
    wanted = question.casefold().strip()
    if not wanted:
        return table.records(), []
    exact = table.find(question)
    found = [one for one in table.records() if one is exact or any(wanted in form.casefold() for form in _forms(one))]
    found.sort(key=lambda one: (one is not exact, wanted not in one.name, one.name))
    return found, [] if found else table.suggest(question)


def _forms(one: DrugRecord) -> tuple[str, ...]:
    return (one.name, one.atc, one.drug_class, *one.classes, *one.brands, *one.names.values(), *one.indications)


def named_by_others(record: DrugRecord) -> tuple[tuple[str, Interaction], ...]:
    """Interactions with this drug that stand in another drug's record only, the worst first."""
    table = wiring.formulary()
    own = set(record.interactions)
    found = [(other, one) for other in table.names() for one in table.interactions(other, record.name) if one not in own and not one.source]
    rank = ["high", "moderate", "low"]
    return tuple(sorted(found, key=lambda pair: (rank.index(pair[1].severity), pair[0])))


def passages_by_record(record: DrugRecord) -> dict[Efficacy, str]:
    """Efficacy record -> id of the passage that says it, where the source was imported."""
    rows: Any = PassageRow.objects.filter(version__source=source_of(record), version__state=VersionState.PUBLISHED)
    by_text = {body["text"]: pk for pk, body in rows.values_list("pk", "body")}
    said = {one: by_text.get(efficacy.sentence(record.name, one), "") for one in record.efficacy}
    return {one: pk for one, pk in said.items() if pk}
