"""Which consults rest on a passage: each outcome writes what it cites. The library's pages ask this through `clinic.knowledge.recall`."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from clinic.consults.models import Citation, ConsultOutcome, State
from clinic.knowledge.recall import Use

PASSAGE = re.compile(r'"passage_id":\s*"([0-9a-f]{16})"')
T = TypeVar("T")

AT_ONCE = 500
"""Ids in one query."""


def cited(conclusion: Any) -> set[str]:
    """Ids of all passages that an Advice or Abstention, as JSON, cites."""
    return set(PASSAGE.findall(json.dumps(conclusion)))


def note(outcome: ConsultOutcome) -> None:
    """Writes what the outcome cites, in the transaction that writes the outcome."""
    Citation.objects.bulk_create(Citation(outcome=outcome, passage=one) for one in sorted(cited(outcome.conclusion)))


def resting_on(passages: Collection[str], hospital: str) -> list[Use]:
    """Ended consults of the hospital (empty: of all) whose Advice or Abstention cites one of the passages."""
    found: dict[int, list[str]] = defaultdict(list)
    for some in _parts(sorted(set(passages))):
        for outcome, passage in Citation.objects.filter(passage__in=some).values_list("outcome_id", "passage"):
            found[outcome].append(passage)
    return [use for some in _parts(list(found)) for use in _uses(some, found, hospital)]


def _uses(outcomes: list[int], found: dict[int, list[str]], hospital: str) -> Iterator[Use]:
    rows = ConsultOutcome.objects.filter(pk__in=outcomes).values_list(
        "pk", "consult_id", "consult__kind", "consult__state", "at", "consult__hospital"
    )
    for pk, consult, kind, state, at, whose in rows:
        if whose == hospital or not hospital:
            yield Use(str(consult), kind, State(state).label, at, tuple(sorted(found[pk])))


def _parts(every: list[T]) -> Iterator[list[T]]:
    return (every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE))
