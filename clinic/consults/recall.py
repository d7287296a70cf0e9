"""Which consults rest on a passage: each outcome writes what it cites. The library's pages ask this through `clinic.knowledge.recall`."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.consults.models import Citation, ConsultOutcome, State
from clinic.knowledge.recall import Use

PASSAGE = re.compile(r'"passage_id":\s*"([0-9a-f]{16})"')
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
    said: dict[tuple[UUID, str, str, datetime], list[str]] = defaultdict(list)
    for consult, kind, state, at, passage in _rows(sorted(set(passages)), hospital):
        said[consult, kind, state, at].append(passage)
    return [Use(str(consult), kind, State(state).label, at, tuple(sorted(found))) for (consult, kind, state, at), found in said.items()]


def _rows(wanted: list[str], hospital: str) -> Iterator[tuple[UUID, str, str, datetime, str]]:
    mine = Citation.objects.filter(outcome__consult__hospital=hospital) if hospital else Citation.objects.all()
    for start in range(0, len(wanted), AT_ONCE):
        yield from mine.filter(passage__in=wanted[start : start + AT_ONCE]).values_list(
            "outcome__consult_id", "outcome__consult__kind", "outcome__consult__state", "outcome__at", "passage"
        )
