"""The demonstration logins, shown on the login page only while the demonstration hospital is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from clinic.people.models import User

PASSWORD = "consilium-demo"
"""Of every demonstration user."""

SHOWN = {
    "dr-adeyemi": "cardiology; disagrees with Dr Brandt",
    "dr-brandt": "internal medicine",
    "dr-iwu": "obstetrics; disagrees with Dr Weiss",
    "pharmacist-sato": "reads, does not decide",
    "auditor-osei": "decision log",
    "dr-castillo": "another hospital: sees nothing of this one",
}
"""Username -> what to see with it."""


@dataclass(frozen=True, slots=True)
class Login:
    """One row of the list on the login page."""

    username: str
    name: str
    role: str
    hint: str


def logins() -> tuple[Login, ...]:
    """Empty where the demonstration hospital was never loaded."""
    found = {user.username: user for user in User.objects.filter(username__in=SHOWN, is_active=True)}
    if not {"dr-adeyemi", "dr-brandt"} <= set(found):
        return ()
    return tuple(Login(name, str(found[name]), found[name].get_role_display(), hint) for name, hint in SHOWN.items() if name in found)
