"""What an administrator enters: the model, the effort and the reason for a kind of consult. The form reads; actions.choose_model decides."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings

from clinic.consults.actions import LEAST_REASON
from clinic.consults.fitness import needs, standing
from clinic.consults.models import EFFORTS
from clinic.consults.routing import Choice
from inference.types import BUDGETS, Effort
from models.catalogue import Card
from models.progress import size


class RouteForm(forms.Form):
    """One for each kind. A model that is not here is listed and cannot be picked."""

    model = forms.CharField(max_length=200, error_messages={"required": "Choose a model."})
    effort = forms.ChoiceField(choices=[(value, f"{label}: {BUDGETS[Effort(value)].tokens:,} tokens") for value, label in EFFORTS])
    reason = forms.CharField(
        max_length=1_000,
        help_text=f"What was measured, on which cases, and where the figures are. At least {LEAST_REASON} characters; it stays in the history.",
        error_messages={"required": "Give the reason: what was measured, and where."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, choice: Choice, cards: dict[str, Card], data: Any = None) -> None:
        super().__init__(data, prefix=choice.kind, initial={"model": choice.model, "effort": choice.effort})
        if not settings.ENGINE_URL:
            self.fields["model"].widget = Models(choices=[(card.name, _line(card)) for card in cards.values() if card.kind == "generate"])
            self.fields["model"].widget.away = {card.name for card in cards.values() if not standing(card).here}
        else:
            self.fields["model"].help_text = "The name under which the model server serves it."
        if self.is_bound:
            for name in self.errors:
                self.fields[name].widget.attrs["aria-invalid"] = "true"


class Models(forms.Select):
    """A list in which the models that are not here cannot be picked."""

    away: set[str] = set()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.away:
            option["attrs"]["disabled"] = True
        return option


def _line(card: Card) -> str:
    found = standing(card)
    memory = f", {size(needs(card))} of memory" if card.memory else ""
    return f"{card.name} ({found.words}{memory}{', demonstration' if card.demonstration else ''})"
