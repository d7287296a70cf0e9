"""What the library can and cannot carry: conditions without a recommendation in force, problems of patients among them, the oldest sources."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Count, F

from clinic import wiring
from clinic.cases.models import Problem
from clinic.knowledge.models import PassageRow, SourceVersion, VersionState
from clinic.knowledge.shelves import DRUG
from retrieval.types import UnitKind

OLDEST = 12


@dataclass(frozen=True, slots=True)
class Need:
    """A problem of this hospital's patients that no recommendation in force speaks of."""

    condition: str
    patients: int
    disagreements: int


@dataclass(frozen=True, slots=True)
class Report:
    """Counts and lists; no patient in them."""

    conditions: int
    covered: int
    bare: tuple[str, ...]
    """Conditions of the glossary without a recommendation."""
    needs: tuple[Need, ...]
    """Those among them, and others, that patients here have; the most frequent first."""
    met: int
    """Problems of patients that a recommendation speaks of."""
    unknown: tuple[str, ...]
    """Problems that the glossary does not know: they cannot be judged, and search finds them only by their words."""
    oldest: tuple[SourceVersion, ...]
    recommendations: int

    @property
    def problems(self) -> int:
        """Problems of patients that the glossary knows."""
        return self.met + len(self.needs)

    @property
    def share(self) -> int:
        return round(100 * self.covered / self.conditions) if self.conditions else 0


def report(hospital: str) -> Report:
    """For one hospital's patients, over the library as it is in force now."""
    held = tuple(SourceVersion.objects.filter(state=VersionState.PUBLISHED).order_by("pk").values_list("pk", flat=True))
    spoken, recommendations = spoken_of(held)
    names = [term.term for term in wiring.glossary().terms]
    bare = tuple(name for name in names if name not in spoken)
    seen = _problems(hospital)
    known = set(names)
    needs = sorted((need for name, need in seen.items() if name in known and name not in spoken), key=lambda n: (-n.patients, n.condition))
    oldest = (
        SourceVersion.objects.filter(state=VersionState.PUBLISHED)
        .exclude(source__slug__startswith=DRUG)
        .select_related("source")
        .defer("text")
    )
    return Report(
        conditions=len(names),
        covered=len(names) - len(bare),
        bare=bare,
        needs=tuple(needs),
        met=sum(name in spoken and name in known for name in seen),
        unknown=tuple(sorted(name for name in seen if name not in known)),
        oldest=tuple(oldest.order_by(F("effective").asc(nulls_first=True))[:OLDEST]),
        recommendations=recommendations,
    )


@lru_cache(maxsize=2)
def spoken_of(versions: tuple[int, ...]) -> tuple[frozenset[str], int]:
    """Conditions that a recommendation of these versions names, or that its source is about; and how many recommendations there are."""
    glossary = wiring.glossary()
    bodies = PassageRow.objects.filter(version__in=versions, body__kind=UnitKind.RECOMMENDATION.value).values_list("body", flat=True)
    found: set[str] = set()
    count = 0
    for body in bodies:
        count += 1
        found.update(name for _, _, name in glossary.mentioned(f"{body['title']}. {body['text']}"))
        found.update(glossary.canonical(name) for name in body.get("conditions", ()))
    return frozenset(found), count


def _problems(hospital: str) -> dict[str, Need]:
    """By the glossary's name of the condition."""
    rows = Problem.objects.filter(case__hospital=hospital).values_list("name").annotate(
        patients=Count("case", distinct=True), disputes=Count("case__disagreements", distinct=True)
    )  # fmt: skip
    patients: Counter[str] = Counter()
    disputes: Counter[str] = Counter()
    glossary = wiring.glossary()
    for name, count, argued in rows:
        named = [found for _, _, found in glossary.mentioned(name)] or [glossary.canonical(name)]
        for one in set(named):
            patients[one] += count
            disputes[one] += argued
    return {name: Need(name, patients[name], disputes[name]) for name in patients}
