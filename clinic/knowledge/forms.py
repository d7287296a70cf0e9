"""What editors and pharmacists enter about a source. Forms read and explain; life.py acts."""

from __future__ import annotations

from typing import Any

from django import forms

from clinic.knowledge.shelves import LANGUAGES
from clinic.people.fields import CleanText


class DescribeForm(forms.Form):
    """What a source is, as citations will name it."""

    title = CleanText(label="Title", max_length=300, help_text="As printed on the source.")
    organisation = CleanText(label="Organisation", max_length=200, help_text="Who published it.")
    id = forms.RegexField(
        r"^[a-z0-9][a-z0-9-]*$",
        label="Short name",
        max_length=100,
        help_text="The same for all versions of this source: lower-case letters, digits and dashes.",
        error_messages={"invalid": "Use lower-case letters, digits and dashes only, such as “atrial-fibrillation”."},
    )
    version = CleanText(label="Version", max_length=40, help_text="As the publisher numbers it.")
    effective = forms.DateField(
        label="Effective from",
        help_text="A day still to come: it waits, and takes effect by itself on that day.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": "Write the day as year-month-day, such as 2026-11-21."},
    )
    language = forms.ChoiceField(label="Language", choices=list(LANGUAGES.items()))
    specialty = CleanText(label="Specialty", max_length=80, required=False, help_text="For browsing.")
    conditions = CleanText(label="Conditions", max_length=500, required=False, help_text="What it is about, with commas between.")

    @classmethod
    def of(cls, meta: dict[str, Any]) -> DescribeForm:
        """Filled with what is known so far."""
        known = {key: ", ".join(value) if isinstance(value, list | tuple) else value for key, value in meta.items()}
        return cls(initial={key: value for key, value in known.items() if key in cls.base_fields})

    def meta(self) -> dict[str, Any]:
        """The cleaned fields in the words of retrieval.document.Meta."""
        given = self.cleaned_data
        conditions = [one.strip() for one in given["conditions"].split(",") if one.strip()]
        return {**given, "effective": given["effective"].isoformat(), "conditions": conditions}
