"""Django's record of this app."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "clinic.consults"

    def ready(self) -> None:
        """The library's pages say which consults rest on a passage; they cannot import this app, so it tells them."""
        from clinic.consults.recall import resting_on
        from clinic.knowledge.recall import USERS

        USERS.append(resting_on)
