"""Django's record of this app; it writes logins to the decision log."""

from typing import Any

from django.apps import AppConfig
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed


class Config(AppConfig):
    name = "clinic.people"

    def ready(self) -> None:
        user_logged_in.connect(_logged_in, dispatch_uid="people.login")
        user_logged_out.connect(_logged_out, dispatch_uid="people.logout")
        user_login_failed.connect(_refused, dispatch_uid="people.refused")


def _write(act: str, subject: str, by: Any) -> None:

    from clinic.audit.log import in_turn, record

    with in_turn():
        record(act, subject, by=by)


def _logged_in(sender: Any, user: Any, **_: Any) -> None:
    _write("session.login", f"user:{user.username}", user)


def _logged_out(sender: Any, user: Any, **_: Any) -> None:
    if user is not None:
        _write("session.logout", f"user:{user.username}", user)


def _refused(sender: Any, credentials: dict[str, Any], **_: Any) -> None:
    _write("session.refused", f"user:{str(credentials.get('username', ''))[:100]}", "anonymous")
