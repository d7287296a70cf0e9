"""`manage.py bench NAME [--json]`: the product's benchmarks, with nothing else running."""

from __future__ import annotations

import json
import os
import platform
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.evaluation.bench import BENCHES

OWN = ("model", "shape", "only", "short", "threads")
"""Options of `inference` alone."""


class Command(BaseCommand):
    help = "Measure: " + ", ".join(BENCHES)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=list(BENCHES))
        parser.add_argument("--json", action="store_true")
        own = parser.add_argument_group("inference")
        own.add_argument("--model", default="", help="a model of the catalogue, or the path of a card.toml")
        own.add_argument("--shape", default="", choices=["", "q4_0", "q4_k_m"], help="random weights of R1-Distill-Qwen-1.5B's shape")
        own.add_argument("--only", action="append", default=[], help="a figure to take; may be given several times")
        own.add_argument("--short", action="store_true", help="smaller sizes: a few minutes instead of many")
        own.add_argument("--threads", type=int, default=0, help="compute threads of the host and of what it is measured against")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        load = os.getloadavg()[0]
        if load > 0.7 * (os.cpu_count() or 1):
            self.stderr.write(f"The machine was busy (load {load:.1f}): these figures are not to be quoted.")
        given = {key: options[key] for key in OWN} if name == "inference" else {}
        if not given and any(options[key] for key in OWN):
            raise CommandError(f"--{', --'.join(OWN)} belong to bench inference.")
        if given:
            given["told"] = self.stderr.write if options["json"] else self.stdout.write
        try:
            found = BENCHES[name](**given)
        except LookupError as error:
            raise CommandError(str(error)) from error
        head = {"bench": name, "machine": platform.machine(), "cores": os.cpu_count(), "load": load}
        if given and not options["json"]:
            found.pop("figures")
        self.stdout.write(json.dumps({**head, **found}, indent=None if options["json"] else 1))
