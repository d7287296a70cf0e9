"""`manage.py bench NAME [--json]`: the product's benchmarks, with nothing else running."""

from __future__ import annotations

import json
import os
import platform
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic.evaluation.bench import BENCHES


class Command(BaseCommand):
    help = "Measure: " + ", ".join(BENCHES)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=list(BENCHES))
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        found = {"bench": name, "machine": platform.machine(), "cores": os.cpu_count(), "load": os.getloadavg()[0], **BENCHES[name]()}
        if found["load"] > 0.7 * (os.cpu_count() or 1):
            self.stderr.write(f"The machine was busy (load {found['load']:.1f}): these figures are not to be quoted.")
        self.stdout.write(json.dumps(found, indent=None if options["json"] else 1))
