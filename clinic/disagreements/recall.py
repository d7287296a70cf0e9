"""What a source's end means here: which disagreement a consult belongs to, what was decided, and which doctors are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from clinic.disagreements.models import OPEN, Arbitration, Disagreement
from clinic.knowledge.recall import Use


def followed(uses: list[Use]) -> list[Use]:
    """The uses with address, Decision and people, where a disagreement asked for the consult."""
    links = Arbitration.objects.filter(consult__in=[use.consult for use in uses]).select_related("disagreement__decision")
    by_consult = {str(link.consult_id): link.disagreement for link in links}
    return [_with(use, by_consult[use.consult]) if use.consult in by_consult else use for use in uses]


def _with(use: Use, row: Disagreement) -> Use:
    decision = getattr(row, "decision", None)
    lately = decision is not None and decision.made_at > timezone.now() - timedelta(days=settings.RECALL_DAYS)
    return replace(
        use,
        address=reverse("disagreements:page", args=[row.pk]),
        decided=decision.get_choice_display() if decision else "",
        people=(row.first_id, row.second_id) if row.state in OPEN or lately else (),
    )
