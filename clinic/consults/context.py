"""What every page's frame is told by this app: whether a demonstration model is in use."""

from __future__ import annotations

from django.http import HttpRequest

from clinic.consults import routing


def demonstration(request: HttpRequest) -> dict[str, bool]:
    """`demonstration`: some kind of consult is put to a model that is not for care, and the screens must say so."""
    return {"demonstration": routing.demonstration()}
