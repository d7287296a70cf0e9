"""Django's record of this app."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "clinic.knowledge"

    def ready(self) -> None:
        from clinic import wiring
        from clinic.knowledge.actions import in_force

        if in_force not in wiring.ROWS:
            wiring.ROWS.append(in_force)
