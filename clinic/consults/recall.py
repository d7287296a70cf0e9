"""Which consults rest on a passage: their conclusions cite it. The library's pages ask this through `clinic.knowledge.recall`."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, TextField
from django.db.models.functions import Cast

from clinic.consults.models import ConsultOutcome
from clinic.knowledge.recall import Use

PASSAGE = re.compile(r'"passage_id":\s*"([0-9a-f]{16})"')
AT_ONCE = 100
"""Ids in one query."""


def cited(conclusion: Any) -> set[str]:
    """Ids of all passages that an Advice or Abstention, as JSON, cites."""
    return set(PASSAGE.findall(json.dumps(conclusion)))


def resting_on(passages: Collection[str], hospital: str) -> list[Use]:
    """Ended consults of the hospital (empty: of all) whose Advice or Abstention cites one of the passages."""
    wanted = sorted(set(passages))
    found: dict[str, Use] = {}
    for start in range(0, len(wanted), AT_ONCE):
        for use in _citing(wanted[start : start + AT_ONCE], hospital):
            known = found.get(use.consult)
            found[use.consult] = use if known is None else _joined(known, use)
    return list(found.values())


def _citing(wanted: list[str], hospital: str) -> list[Use]:
    mine = ConsultOutcome.objects.filter(consult__hospital=hospital) if hospital else ConsultOutcome.objects.all()
    rows = mine.annotate(said=Cast("conclusion", TextField()))
    rows = rows.filter(reduce(or_, (Q(said__contains=one) for one in wanted))).select_related("consult")
    uses = []
    for row in rows:
        found = cited(row.conclusion).intersection(wanted)
        if found:
            uses.append(Use(str(row.consult_id), row.consult.kind, row.consult.get_state_display(), row.at, tuple(sorted(found))))
    return uses


def _joined(one: Use, other: Use) -> Use:
    return Use(one.consult, one.kind, one.state, one.at, tuple(sorted({*one.passages, *other.passages})), one.address)
