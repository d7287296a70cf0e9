"""`manage.py sweep`: the sweeper's loop, beside the workers. With the broker away it does the jobs itself. It takes the samples, too."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections

from clinic.consults import sampling
from clinic.consults.sweep import sweep
from clinic.consults.worker import work
from clinic.knowledge import sweeping

LOOK_SECONDS = 3600
"""Between two looks at every byte of the published index; the first is at the start."""


class Command(BaseCommand):
    help = "Re-send waiting jobs every few seconds, reclaim lapsed ones; does them here while Redis is away."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--every", type=float, default=5.0, help="Seconds between rounds.")
        parser.add_argument("--once", action="store_true", help="One round, then end.")

    def handle(self, *args: Any, every: float, once: bool, **options: Any) -> None:
        if not once:
            sampling.begin()
        aside, look_at = sweeping.Aside(), time.monotonic()
        while True:
            try:
                close_old_connections()
                moved = sweep(work)
                if moved:
                    self.stdout.write(f"sent or ran {moved} consults")
                look = time.monotonic() >= look_at
                look_at += LOOK_SECONDS if look else 0
                if begun := sweeping.sweep(aside.begin, look):
                    self.stdout.write(f"sent or began {begun} readings and publications")
            except OperationalError as error:
                self.stderr.write(f"database busy, trying again: {error}")
            if once:
                aside.wait()
                return
            time.sleep(every)
