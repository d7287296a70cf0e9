"""Telling users something once, and what they have not read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from clinic.people.models import Notification, User


def tell(users: Iterable[User], subject: str, text: str, address: str = "") -> int:
    """Writes one notification a user, in the caller's transaction; who was told of this subject before is not told again. Returns how many."""
    known = set(Notification.objects.filter(subject=subject).values_list("user_id", flat=True))
    new = {user.pk: Notification(user=user, subject=subject, text=text, address=address) for user in users if user.pk not in known}
    return len(Notification.objects.bulk_create(new.values(), ignore_conflicts=True))


def unread(user: Any) -> int:
    """How many notifications the user has not read; 0 for who is not logged in."""
    return Notification.objects.filter(user=user, read_at=None).count() if isinstance(user, User) else 0


def put_away(user: Any, pk: int | None = None) -> None:
    """Marks one of the user's notifications as read, or all of them."""
    mine = Notification.objects.filter(user=user, read_at=None)
    (mine if pk is None else mine.filter(pk=pk)).update(read_at=timezone.now())
