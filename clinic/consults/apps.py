"""Django's record of this app."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "clinic.consults"
