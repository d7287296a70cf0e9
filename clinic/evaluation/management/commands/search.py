"""`manage.py search QUERY`: what the library finds, best first."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clinic import wiring


class Command(BaseCommand):
    help = "Search the published index."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("query")
        parser.add_argument("--limit", type=int, default=10)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, query: str, limit: int, **options: Any) -> None:
        hits = wiring.library().search(query, limit)
        if options["json"]:
            self.stdout.write(json.dumps([h.model_dump(mode="json") for h in hits], ensure_ascii=False))
            return
        for n, hit in enumerate(hits, 1):
            p = hit.passage
            self.stdout.write(f"{n:2} {hit.score:.4f} {p.source} {p.label} [{p.kind}, {p.strength}] {p.text[:160]}")
        if not hits:
            self.stdout.write("Nothing found: try other words, or see `manage.py demo` if the library is empty.")
