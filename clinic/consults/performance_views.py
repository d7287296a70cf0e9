"""How fast it is and how full: a page that plots the Samples, and `/metrics` for a Prometheus server."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from clinic.consults import performance
from clinic.consults.exposition import CONTENT_TYPE, exposition
from clinic.people.access import can, require
from clinic.people.pages import page

HERE = ("127.0.0.1", "::1")
PASSED_ON = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via")
"""Who sends one of these is a proxy on this machine that asks for somebody else."""


@dataclass(frozen=True, slots=True)
class PerformancePage:
    """All plots of one span."""

    template: ClassVar[str] = "system/performance.html"
    span: str
    spans: tuple[str, ...]
    every: str
    look: performance.Look

    @property
    def slots(self) -> str:
        """What a new look replaces, for htmx: everything that has figures, nothing that may be open or have the focus."""
        return ",".join(["#looked", *(f"#{part}-{one.key}" for one in self.look.drawn for part in ("now", "drawn", "rows"))])


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """The last hour, or the last day."""
    require(request.user, "system.view")
    span = request.GET.get("span", "hour")
    span = span if span in performance.SPANS else "hour"
    look = performance.look(performance.SPANS[span])
    return page(request, PerformancePage(span, tuple(performance.SPANS), performance.EVERY[span], look))


@require_GET
@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """In Prometheus's text format."""
    if not admitted(request):
        raise PermissionDenied("These figures are for a Prometheus server with the token of CONSILIUM_METRICS_TOKEN, or for an administrator.")
    return HttpResponse(exposition(), content_type=CONTENT_TYPE)


def admitted(request: HttpRequest) -> bool:
    """With the token; with an administrator's or auditor's session; or, while no token is set, asked by this very machine for itself."""
    if can(request.user, "system.view"):
        return True
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return secrets.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    return request.META.get("REMOTE_ADDR") in HERE and not any(name in request.headers for name in PASSED_ON)
