"""A page is a typed value that names its template; a view ends with `return page(request, SomePage(...))`."""

from __future__ import annotations

from typing import ClassVar, Protocol

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


class Page(Protocol):
    """Any frozen dataclass with a `template`."""

    template: ClassVar[str]


def page(request: HttpRequest, shown: Page, status: int = 200) -> HttpResponse:
    """Renders the page; the template sees it as `page` and nothing else of the view."""
    return render(request, shown.template, {"page": shown}, status=status)
