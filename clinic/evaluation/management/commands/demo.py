"""`manage.py demo`: loads the demonstration hospital and publishes its index. Safe to repeat."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from clinic.evaluation import demo
from clinic.knowledge import actions as knowledge


class Command(BaseCommand):
    help = "Load the demonstration hospital (people, patients, disagreements, guidelines, drugs) and publish its index."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        imported = knowledge.import_folder(settings.FIXTURES / "guidelines", by="system:demo")
        knowledge.import_drugs(by="system:demo")
        self._say(started, f"{imported.new} sources read, {imported.known} known")
        digest = knowledge.publish(by="system:demo", progress=lambda done, total: self._bar(done, total))
        self._say(started, f"index {digest[:12]} published")
        loaded = demo.load(settings.FIXTURES)
        self._say(started, f"{loaded.people} people, {loaded.cases} patients, {loaded.disagreements} disagreements loaded")

    def _say(self, started: float, text: str) -> None:
        self.stdout.write(f"  {time.monotonic() - started:6.1f} s  {text}")

    def _bar(self, done: int, total: int) -> None:
        self.stdout.write(f"          {done} of {total} passages embedded")
