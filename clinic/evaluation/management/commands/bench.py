"""`manage.py bench NAME [--json]`: the product's benchmarks, with nothing else running."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.evaluation.bench import BENCHES

OWN = {"inference": ("model", "shape", "only", "short", "threads"), "consult": ("model",), "index": ("passages",), "corpus": ("data", "work")}
"""Options that not every benchmark has."""


class Command(BaseCommand):
    help = "Measure: " + ", ".join(BENCHES)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", choices=list(BENCHES))
        parser.add_argument("--json", action="store_true")
        own = parser.add_argument_group("inference")
        own.add_argument("--model", default="", help="a model of the catalogue, or the path of a card.toml; for consult too")
        own.add_argument("--shape", default="", choices=["", "q4_0", "q4_k_m"], help="random weights of R1-Distill-Qwen-1.5B's shape")
        own.add_argument("--only", action="append", default=[], help="a figure to take; may be given several times")
        own.add_argument("--short", action="store_true", help="smaller sizes: a few minutes instead of many")
        own.add_argument("--threads", type=int, default=0, help="compute threads of the host and of what it is measured against")
        parser.add_argument("--passages", type=int, nargs="+", help="index: sizes to build; default 10000 100000")
        parser.add_argument("--data", type=Path, help="corpus: the folder of the public sets; default ../shared/data")
        parser.add_argument("--work", type=Path, help="corpus: keeps vectors and index here, so that an interrupted run goes on")

    def handle(self, *args: Any, name: str, **options: Any) -> None:
        load = os.getloadavg()[0]
        if load > 0.7 * (os.cpu_count() or 1):
            self.stderr.write(f"The machine was busy (load {load:.1f}): these figures are not to be quoted.")
        for other, keys in OWN.items():
            if other != name and (stray := [key for key in keys if options[key] and key not in OWN.get(name, ())]):
                raise CommandError(f"--{', --'.join(stray)} belongs to bench {other}.")
        given = {key: options[key] for key in OWN.get(name, ()) if options[key] or name == "inference"}
        if name == "inference":
            given["told"] = self.stderr.write if options["json"] else self.stdout.write
        try:
            found = BENCHES[name](**given)
        except LookupError as error:
            raise CommandError(str(error)) from error
        head = {"bench": name, "machine": platform.machine(), "cores": os.cpu_count(), "load": load}
        if name == "inference" and not options["json"]:
            found.pop("figures")
        self.stdout.write(json.dumps({**head, **found}, indent=None if options["json"] else 1))
