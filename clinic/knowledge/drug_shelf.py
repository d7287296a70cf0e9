"""What is told of a drug beyond its record: the mechanisms it shares with others, and its class where there is no record."""

from __future__ import annotations

from dataclasses import dataclass

from clinic import wiring
from retrieval.types import DrugRecord, Interaction, KnownDrug, Severity

RANK = {Severity.HIGH: 0, Severity.MODERATE: 1, Severity.LOW: 2}


@dataclass(frozen=True, slots=True)
class Shared:
    """A rule, and the drugs of the Formulary it holds for together with this one."""

    rule: Interaction
    drugs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ByClass:
    """A drug without a record, and whether interactions are checked through its class."""

    drug: KnownDrug
    checked: bool


def by_class(name: str) -> ByClass | None:
    """The drug of this name that is known by its class alone."""
    table = wiring.formulary()
    drug = table.known(name)
    return ByClass(drug, table.interactions_known(drug.name)) if drug else None


def shared(record: DrugRecord) -> tuple[Shared, ...]:
    """Interactions by mechanism, the worst first. A pair is under the gravest of its rules, and not at all where a record is graver."""
    table = wiring.formulary()
    found: dict[Interaction, list[str]] = {}
    for other in table.names():
        worst = next(iter(table.interactions(record.name, other)), None)
        if worst and worst.source:
            found.setdefault(worst, []).append(other)
    rows = (Shared(rule, tuple(drugs)) for rule, drugs in found.items())
    return tuple(sorted(rows, key=lambda one: (RANK[one.rule.severity], one.rule.mechanism)))
