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
FEW = 20
"""So many ids are looked for by the database; more of them by one pass over what was concluded."""


def cited(conclusion: Any) -> set[str]:
    """Ids of all passages that an Advice or Abstention, as JSON, cites."""
    return set(PASSAGE.findall(json.dumps(conclusion)))


def resting_on(passages: Collection[str], hospital: str) -> list[Use]:
    """Ended consults of the hospital (empty: of all) whose Advice or Abstention cites one of the passages."""
    wanted = set(passages)
    rows = ConsultOutcome.objects.filter(consult__hospital=hospital) if hospital else ConsultOutcome.objects.all()
    if len(wanted) <= FEW:
        rows = rows.annotate(said=Cast("conclusion", TextField())).filter(reduce(or_, (Q(said__contains=one) for one in wanted), Q()))
    uses = []
    for row in rows.select_related("consult"):
        if found := cited(row.conclusion) & wanted:
            uses.append(Use(str(row.consult_id), row.consult.kind, row.consult.get_state_display(), row.at, tuple(sorted(found))))
    return uses
