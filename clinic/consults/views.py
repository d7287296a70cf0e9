"""Following a consult and stopping it. The page around it belongs to whoever asked for the consult."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from clinic.consults import actions
from clinic.consults.following import follow
from clinic.consults.models import Consult
from clinic.people.access import require
from clinic.people.door import admit


@require_GET
async def events(request: HttpRequest, consult_id: UUID) -> StreamingHttpResponse:
    """Server-sent events after Last-Event-ID, or after `?after=` on the first connection."""
    await sync_to_async(_admitted)(await request.auser(), consult_id)
    return StreamingHttpResponse(
        follow(consult_id, _after(request)),
        content_type="text/event-stream; charset=utf-8",
        headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"},
    )


@require_POST
def cancel(request: HttpRequest, consult_id: UUID) -> HttpResponse:
    """Stops the consult; one that has ended is left as it is."""
    consult = _admitted(request.user, consult_id)
    require(request.user, "consult.request", consult)
    if consult.ended:
        messages.info(request, f"The consult had ended already: {consult.get_state_display()}.")
    else:
        actions.cancel(consult, by=request.user)
        messages.success(request, "The consult is cancelled. Nothing of it is kept as advice.")
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target if safe else "home")


def _admitted(user: Any, consult_id: UUID) -> Consult:
    consult = get_object_or_404(Consult, pk=consult_id)
    admit(user, "disagreement.view", consult, f"consult:{consult.pk}")
    return consult


def _after(request: HttpRequest) -> int:
    text = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
