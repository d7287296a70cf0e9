"""`manage.py hosts`: keeps a model host running for each model that is in use, until it is told to end."""

from __future__ import annotations

import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import OperationalError, close_old_connections

from clinic.deploy.model import Keeper, options

EVERY_S = 2.0
READY = "model hosts are settled"


class Command(BaseCommand):
    help = "Run the model hosts: one for each model that a kind of consult is put to."

    def handle(self, *args: Any, **given: Any) -> None:
        told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: told.set())
        keeper = Keeper(settings.SOCKETS, options(), lambda text: self.stdout.write(text))
        settled, pace = False, 0.2
        try:
            while not told.wait(pace):
                close_old_connections()
                try:
                    if keeper.look() and not settled:
                        settled, pace = True, EVERY_S
                        self.stdout.write(READY)
                except OperationalError as error:
                    self.stderr.write(f"database busy, trying again: {error}")
        finally:
            keeper.close()
