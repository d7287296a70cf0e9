"""What a user has been told: the list, and the way to where it leads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.paginator import Page as Slice
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from clinic.people.models import Notification
from clinic.people.notices import put_away
from clinic.people.pages import page

AT_ONCE = 30


@dataclass(frozen=True, slots=True)
class NoticesPage:
    """The user's own notifications, newest first."""

    template: ClassVar[str] = "people/notices.html"
    rows: Slice[Notification]


def notices(request: HttpRequest) -> HttpResponse:
    """The list; a POST marks all as read."""
    user: Any = request.user
    if request.method == "POST":
        put_away(user)
        return redirect("people:notices")
    return page(request, NoticesPage(Paginator(user.notifications.all(), AT_ONCE).get_page(request.GET.get("page"))))


@require_POST
def opened(request: HttpRequest, pk: int) -> HttpResponse:
    """Marks one as read and leads to what it is about; the page there asks for its own rights."""
    row = get_object_or_404(Notification, pk=pk, user=request.user)
    put_away(request.user, pk)
    return redirect(row.address or "people:notices")
