"""`manage.py models list | card NAME | verify [NAME] | import NAME FILE | recommend`: the models this installation can run."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from hashlib import file_digest
from pathlib import Path
from typing import Any

import psutil
from django.core.management.base import BaseCommand, CommandError, CommandParser

from models import catalogue
from models.importing import import_file

RESERVE = 4 * 2**30
"""Bytes left to web, worker, Redis and the system."""


class Command(BaseCommand):
    help = "The catalogue of models: list, card NAME, verify [NAME], import NAME FILE, recommend."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, words in (("list", ()), ("card", ("name",)), ("verify", ()), ("import", ("name", "file")), ("recommend", ())):
            one = verbs.add_parser(verb)
            for word in words:
                one.add_argument(word)
            if verb == "verify":
                one.add_argument("name", nargs="?", default="")
            one.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            found = getattr(self, f"_{verb}")(**{k: options[k] for k in ("name", "file") if k in options})
        except (LookupError, ValueError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, default=str))
        else:
            for row in found if isinstance(found, list) else [found]:
                self.stdout.write("  ".join(f"{key}: {value}" for key, value in row.items() if value not in ("", None, 0, {})))

    def _list(self) -> list[dict[str, Any]]:
        return [
            {"name": c.name, "kind": c.kind, "quantisation": c.quantisation, "memory_gb": round(c.memory / 1e9, 1), "here": _here(c)}
            for c in catalogue.cards().values()
        ]

    def _card(self, name: str) -> dict[str, Any]:
        return asdict(catalogue.find(name))

    def _verify(self, name: str = "") -> list[dict[str, Any]]:
        wanted = [catalogue.find(name)] if name else [c for c in catalogue.cards().values() if _here(c)]
        return [{"name": c.name, "digest": _digest(c), "as_catalogued": _digest(c) == c.sha256} for c in wanted]

    def _import(self, name: str, file: str) -> dict[str, Any]:
        card = catalogue.find(name)
        return {"name": name, "imported": str(import_file(card, Path(file)))}

    def _recommend(self) -> list[dict[str, Any]]:
        """Models that fit into memory, the largest first; GPU memory is not read, see README on GPU builds."""
        room = psutil.virtual_memory().total - RESERVE
        fit = sorted((c for c in catalogue.cards().values() if c.kind == "generate" and 0 < c.memory <= room), key=lambda c: -c.memory)
        cores = os.cpu_count() or 1
        return [
            {
                "name": c.name,
                "why": f"needs {c.memory / 1e9:.1f} GB, {room / 1e9:.1f} GB are free for a model on {cores} cores",
                "can": c.can,
            }
            for c in fit[:3]
        ] or [{"name": catalogue.default().name, "why": "nothing larger fits into this machine's memory"}]


def _here(card: catalogue.Card) -> bool:
    return bool(card.file) and catalogue.weights_path(card).is_file()


def _digest(card: catalogue.Card) -> str:
    with catalogue.weights_path(card).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
