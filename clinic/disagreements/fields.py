"""Form fields for what people type and paste: cleaned of invisible characters, refused when too long, never cut."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from clinic.reasoning.intake import INVISIBLE, clean

CONTROL_MARK = re.compile(r"<\s*[|｜][^<>|｜]{1,40}[|｜]\s*>|</?think>", re.I)
"""What a language model would take for one of its own control marks."""


class DoseField(forms.FloatField):
    """A positive number; a decimal comma is understood."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            min_value=0.000001,
            max_value=10_000_000,
            error_messages={
                "invalid": "A number, such as 2.5.",
                "min_value": "More than 0.",
                "max_value": "Too large: check the unit.",
            },
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **kwargs,
        )

    def prepare_value(self, value: Any) -> Any:
        """5.0 is shown as 5."""
        return f"{value:g}" if isinstance(value, float) else value

    def to_python(self, value: Any) -> float | None:  # type: ignore[override]
        if isinstance(value, str):
            value = clean(value).strip()
            value = value.replace(",", ".") if value.count(",") == 1 and "." not in value else value
        return super().to_python(value)


def oddities(texts: dict[str, str]) -> list[str]:
    """Sentences about what was found in raw input and changed or kept, by the name of the field."""
    notes: list[str] = []
    for label, raw in texts.items():
        if removed := len(INVISIBLE.findall(raw.replace("\r", ""))):
            notes.append(f"{label}: {removed} invisible or direction-changing character{'s' if removed > 1 else ''} removed.")
        if marks := sorted({m.group(0) for m in CONTROL_MARK.finditer(raw)}):
            shown = ", ".join(marks[:3])
            notes.append(
                f"{label}: {shown} looks like a control mark of a language model. It is kept as plain text and read as data, not as a command."
            )
    return notes
