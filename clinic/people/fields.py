"""Form fields for what people type and paste: cleaned of invisible characters, refused when too long, never cut."""

from __future__ import annotations

from typing import Any

from django import forms

from clinic.reasoning.intake import clean


class CleanText(forms.CharField):
    """Text in NFC without invisible or direction-changing characters; `removed` counts what was taken out."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.validators = [v for v in self.validators if type(v).__name__ != "ProhibitNullCharactersValidator"]

    def to_python(self, value: Any) -> str:
        return clean(super().to_python(value) or "").strip()

    def validate(self, value: Any) -> None:
        super().validate(value)
        if self.max_length is not None and len(value) > self.max_length:
            raise forms.ValidationError(
                f"This text has {len(value):,} characters; the most is {self.max_length:,}. Shorten it: it was not cut and not saved.",
                code="max_length",
            )

    def run_validators(self, value: Any) -> None:
        """Length is checked in `validate`, with a sentence that says what to do."""

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """No maxlength: a browser would cut a pasted text without a word."""
        attrs = super().widget_attrs(widget)
        attrs.pop("maxlength", None)
        return {**attrs, "dir": "auto"}
