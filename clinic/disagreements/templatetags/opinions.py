"""Chips, letters and forms that templates of several apps show about disagreements."""

from __future__ import annotations

from typing import Any

from django import template

from clinic.disagreements.conclusion import needed
from clinic.disagreements.forms import OpenForm
from clinic.disagreements.models import Disagreement
from clinic.disagreements.words import STATES, TONES, VOTES

register = template.Library()


@register.inclusion_tag("disagreements/_chip.html")
def state_chip(row: Disagreement) -> dict[str, Any]:
    """The state in words, with a look that does not rest on colour alone."""
    return {"label": row.get_state_display(), "tone": TONES.get(row.state, "plain"), "meaning": STATES.get(row.state, "")}  # type: ignore[call-overload]


@register.inclusion_tag("disagreements/_open_form.html", takes_context=True)
def open_form(context: Any, case: Any, form: OpenForm | None = None) -> dict[str, Any]:
    """The form that opens a disagreement, for the patient page."""
    request = context["request"]
    return {"case": case, "form": form or OpenForm(by=request.user), "csrf_token": context.get("csrf_token")}


@register.filter
def vote_words(outcome: str) -> str:
    return VOTES.get(outcome, outcome)


@register.simple_tag
def rule_of_stability() -> str:
    return needed()
