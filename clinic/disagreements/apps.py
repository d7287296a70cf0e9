"""Django's record of this app; it follows the consults it asked for."""

from typing import Any

from django.apps import AppConfig


class Config(AppConfig):
    name = "clinic.disagreements"

    def ready(self) -> None:
        from clinic.consults.actions import ended
        from clinic.disagreements.recall import followed
        from clinic.knowledge.recall import FOLLOWERS

        FOLLOWERS.append(followed)
        ended.connect(_follow, dispatch_uid="disagreements.follow")


def _follow(sender: Any, consult: Any, **_: Any) -> None:
    from clinic.disagreements.actions import follow

    follow(consult)
