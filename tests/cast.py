"""The cast: Dr Adeyemi and Dr Brandt disagree, Dr Novak is of the same hospital and not assigned, Dr Castillo belongs to another one, and
each role has a face. `as_user` logs one in."""

from __future__ import annotations

from django.test import Client

from clinic.people.models import Role, User

CAST = {
    "dr-adeyemi": (Role.CLINICIAN, "demo"),
    "dr-brandt": (Role.CLINICIAN, "demo"),
    "dr-novak": (Role.CLINICIAN, "demo"),
    "dr-castillo": (Role.CLINICIAN, "other"),
    "nurse-kim": (Role.NURSE, "demo"),
    "pharmacist-sato": (Role.PHARMACIST, "demo"),
    "editor-lindqvist": (Role.EDITOR, "demo"),
    "auditor-osei": (Role.AUDITOR, "demo"),
    "admin-moreau": (Role.ADMINISTRATOR, "demo"),
    "integrator-fhir": (Role.INTEGRATOR, "demo"),
}


def user(username: str) -> User:
    role, hospital = CAST[username]
    return User.objects.get_or_create(username=username, defaults={"role": role, "hospital": hospital, "name": username})[0]


def as_user(username: str) -> Client:
    """A client logged in as one of the cast."""
    client = Client()
    client.force_login(user(username))
    return client
