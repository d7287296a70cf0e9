"""Who may do what: one function, one table, default deny."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied

from clinic.people.models import Role, User

RIGHTS: dict[str, frozenset[str]] = {
    "case.view": frozenset({Role.CLINICIAN, Role.NURSE, Role.PHARMACIST}),
    "case.edit": frozenset({Role.CLINICIAN}),
    "disagreement.view": frozenset({Role.CLINICIAN, Role.PHARMACIST}),
    "disagreement.open": frozenset({Role.CLINICIAN}),
    "opinion.write": frozenset({Role.CLINICIAN}),
    "consult.request": frozenset({Role.CLINICIAN}),
    "decision.make": frozenset({Role.CLINICIAN}),
    "knowledge.view": frozenset({Role.CLINICIAN, Role.NURSE, Role.PHARMACIST, Role.EDITOR, Role.ADMINISTRATOR, Role.AUDITOR}),
    "knowledge.edit": frozenset({Role.EDITOR, Role.PHARMACIST}),
    "audit.view": frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    "thinking.view": frozenset({Role.AUDITOR}),
    "system.view": frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),
    "system.configure": frozenset({Role.ADMINISTRATOR}),
}
"""Act -> roles that may do it at all. What a thing itself allows is asked in `can`."""


def can(user: Any, act: str, thing: Any = None) -> bool:
    """Whether the user may do the act to the thing. `thing.hospital`, if it has one, must be the user's;
    `thing.allows(user, act)`, if it has one, has the last word."""
    if not isinstance(user, User) or not user.is_active or user.role not in RIGHTS.get(act, ()):
        return False
    if thing is None:
        return True
    if getattr(thing, "hospital", user.hospital) != user.hospital:
        return False
    allows = getattr(thing, "allows", None)
    return bool(allows(user, act)) if allows else True


def require(user: Any, act: str, thing: Any = None) -> None:
    """Raises PermissionDenied with a sentence that names the act."""
    if not can(user, act, thing):
        raise PermissionDenied(f"Your role or assignment does not allow this ({act}).")
