"""What doctors enter: a disagreement, an opinion in plan items, a decision. Forms read and explain; actions.py acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from pydantic import ValidationError

from clinic.disagreements.fields import DoseField, oddities
from clinic.disagreements.models import Choice, Override
from clinic.people.fields import CleanText
from clinic.people.models import Role, User
from clinic.reasoning.facts import LONGEST_TEXT, Action, Plan, PlanItem
from clinic.reasoning.intake import explain

ACTIONS = [
    ("", "Choose"), ("start", "Start"), ("stop", "Stop"), ("continue", "Continue"), ("change", "Change"), ("procedure", "Procedure"),
    ("monitor", "Monitor"), ("refer", "Refer"), ("observe", "Observe"),
]  # fmt: skip
UNITS = ("mg", "g", "micrograms", "mL", "units", "mmol", "mg/kg", "micrograms/kg", "mg/h", "L/min", "puffs", "drops")
ROUTES = ("oral", "intravenous", "subcutaneous", "intramuscular", "inhaled", "topical", "rectal", "sublingual", "transdermal", "vaginal")
FREQUENCIES = (
    "once", "once daily", "twice daily", "three times daily", "four times daily", "every 4 hours", "every 6 hours", "every 8 hours",
    "every 12 hours", "at night", "once weekly", "when needed",
)  # fmt: skip
MOST_ITEMS = 30
BLANK = 3
"""Rows an empty opinion begins with."""


class OpenForm(forms.Form):
    """Opens a disagreement: the question, the other doctor, whether it can wait."""

    question = CleanText(
        label="Question",
        min_length=3,
        max_length=1_000,
        help_text="What has to be decided, in one sentence. Both doctors answer this and nothing else.",
        error_messages={"required": "Write the question that has to be decided."},
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    second = forms.ModelChoiceField(
        User.objects.none(),
        label="Second doctor",
        empty_label="Choose a doctor",
        error_messages={"required": "Choose the doctor who sees it differently."},
    )
    time_critical = forms.BooleanField(
        label="Time-critical",
        required=False,
        help_text="Harm is likely within the hour. It is never queued: you get the escalation and the safety checks, no consult.",
    )

    def __init__(self, *args: Any, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        doctors = User.objects.filter(role=Role.CLINICIAN, hospital=by.hospital, is_active=True).exclude(pk=by.pk)
        self.fields["second"].queryset = doctors.order_by("name")  # type: ignore[attr-defined]
        self.fields["second"].label_from_instance = lambda u: f"{u}, {u.department}" if u.department else str(u)  # type: ignore[attr-defined]

    def clean_question(self) -> str:
        question: str = self.cleaned_data["question"]
        if len(question) < 3:
            raise forms.ValidationError("Write the question that has to be decided.")
        return question


class ItemForm(forms.Form):
    """One step of a plan; a row that is left blank is no step."""

    use_required_attribute = False
    action = forms.ChoiceField(
        label="Step", choices=ACTIONS, required=False, error_messages={"invalid_choice": "Choose what this step does."}
    )
    drug = CleanText(
        label="Drug",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "drugs", "autocomplete": "off", "data-drug": ""}),
    )
    dose = DoseField(label="Dose", required=False)
    unit = CleanText(label="Unit", max_length=40, required=False, widget=forms.TextInput(attrs={"list": "units", "autocomplete": "off"}))
    route = CleanText(label="Route", max_length=60, required=False, widget=forms.TextInput(attrs={"list": "routes", "autocomplete": "off"}))
    frequency = CleanText(
        label="Frequency", max_length=120, required=False, widget=forms.TextInput(attrs={"list": "frequencies", "autocomplete": "off"})
    )
    duration = CleanText(label="Duration", max_length=120, required=False)
    text = CleanText(label="Details, or what is done without a drug", max_length=2_000, required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.filled:
            return data
        if not data.get("action") and "action" not in self.errors:
            self.add_error("action", "Choose what this step does.")
        if not data.get("drug") and not data.get("text") and not {"drug", "text"} & set(self.errors):
            self.add_error("drug", "Name the drug, or describe the step on its right.")
        if data.get("dose") is not None and not data.get("unit") and "unit" not in self.errors:
            self.add_error("unit", "Give the unit of the dose.")
        if data.get("unit") and data.get("dose") is None and "dose" not in self.errors:
            self.add_error("dose", "Give the dose, or clear the unit.")
        return data

    @property
    def filled(self) -> bool:
        return any(value not in ("", None) for value in getattr(self, "cleaned_data", {}).values())

    def item(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if value not in ("", None)}


ItemSet: type[BaseFormSet[ItemForm]] = formset_factory(
    ItemForm, extra=0, max_num=MOST_ITEMS, validate_max=True, absolute_max=MOST_ITEMS + 5
)


class ReasonsForm(forms.Form):
    """Confidence and reasons."""

    use_required_attribute = False
    confidence = forms.IntegerField(
        label="Confidence",
        min_value=0,
        max_value=100,
        initial=70,
        help_text="0: a guess. 100: certain. Your own, about this plan for this patient.",
        error_messages={
            "required": "Say how confident you are, from 0 to 100.",
            "min_value": "Confidence goes from 0 to 100.",
            "max_value": "Confidence goes from 0 to 100.",
            "invalid": "Confidence is a whole number from 0 to 100.",
        },
        widget=forms.NumberInput(attrs={"min": 0, "max": 100, "step": 5, "data-confidence": ""}),
    )
    rationale = CleanText(
        label="Reasons",
        required=False,
        max_length=LONGEST_TEXT,
        help_text="Why this plan, for this patient. Names, titles and seniority are removed before the model reads it.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )


class OpinionForms:
    """The whole opinion: plan items and reasons. Everything typed stays, whatever is wrong."""

    def __init__(self, data: Any = None, plan: Mapping[str, Any] | None = None, confidence: int = 70) -> None:
        if data is not None:
            self.items, self.reasons = ItemSet(data, prefix="items"), ReasonsForm(data)
        else:
            rows = [{**row} for row in (plan or {}).get("items", [])]
            self.items = ItemSet(initial=rows + [{}] * max(1, BLANK - len(rows)), prefix="items")
            self.reasons = ReasonsForm(initial={"confidence": confidence, "rationale": (plan or {}).get("rationale", "")})
        self.problems: list[str] = []

    @classmethod
    def reshaped(cls, data: Any, act: str) -> OpinionForms:
        """What was typed, with a row more or less; nothing is judged yet."""
        rows = _typed(data)
        verb, _, place = act.partition("-")
        if verb == "remove" and place.isdigit() and int(place) < len(rows):
            rows.pop(int(place))
        else:
            rows.append({})
        forms_ = cls()
        forms_.items = ItemSet(initial=(rows or [{}])[:MOST_ITEMS], prefix="items")
        forms_.reasons = ReasonsForm(initial={"confidence": data.get("confidence", ""), "rationale": data.get("rationale", "")})
        return forms_

    def plan(self) -> Plan | None:
        """The plan, or None with `problems` and the forms' own errors saying what to mend."""
        fine = self.items.is_valid() & self.reasons.is_valid()
        if self.items.non_form_errors():
            self.problems.append(f"A plan has at most {MOST_ITEMS} steps.")
        if not fine:
            return None
        rows = [form.item() for form in self.items if form.filled]
        if not rows:
            self.problems.append("The opinion is empty: add at least one step, for example a drug to start or a procedure.")
            return None
        try:
            items = tuple(PlanItem.model_validate({**row, "action": Action(row["action"])}) for row in rows)
            return Plan(items=items, rationale=self.reasons.cleaned_data["rationale"])
        except ValidationError as error:
            self.problems += explain(error)
            return None

    @property
    def confidence(self) -> int:
        return int(self.reasons.cleaned_data["confidence"])

    @property
    def wrong(self) -> bool:
        """Whether anything has to be mended."""
        return bool(self.problems) or (self.items.is_bound and (any(self.items.errors) or bool(self.reasons.errors)))

    @staticmethod
    def notes(data: Any) -> list[str]:
        """What was found odd in the raw input."""
        texts = {"Reasons": data.get("rationale", "")}
        for place, row in enumerate(_typed(data), 1):
            texts[f"Step {place}"] = " ".join(str(v) for v in row.values())
        return oddities(texts)


def _typed(data: Any) -> list[dict[str, str]]:
    try:
        count = min(int(data.get("items-TOTAL_FORMS", "0")), MOST_ITEMS)
    except ValueError:
        count = 0
    names = list(ItemForm.base_fields)
    return [{name: data.get(f"items-{n}-{name}", "") for name in names} for n in range(count)]


class DecisionForm(forms.Form):
    """The doctors' act. Whether a reason is needed is known to actions.decide; the page shows it where it is."""

    use_required_attribute = False
    choice = forms.ChoiceField(
        label="What is done",
        choices=Choice.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is done.", "invalid_choice": "Choose one of the ways that are open."},
    )
    text = CleanText(
        label="What exactly",
        max_length=4_000,
        required=False,
        help_text="Needed for a combination, something else, or a referral.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    override = forms.ChoiceField(
        label="Reason for not following the Advice", choices=[("", "No reason given"), *Override.choices], required=False
    )
    reason = CleanText(
        label="In words", max_length=4_000, required=False, help_text="Needed for “Other”.", widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, opened: bool, **kwargs: Any) -> None:
        """`opened`: whether there is a Plan X and a Plan Y to choose."""
        super().__init__(*args, **kwargs)
        if not opened:
            self.fields["choice"].choices = [(c.value, c.label) for c in (Choice.OTHER, Choice.REFER)]  # type: ignore[attr-defined]
