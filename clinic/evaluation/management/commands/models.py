"""`manage.py models list | card | recommend | pull | import | bench | verify`: the models this installation can run."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.evaluation.model_bench import measure
from models import catalogue
from models.folders import folder_digest
from models.importing import import_model
from models.lock import digest_of
from models.machine import amount, look
from models.progress import Progress
from models.pulling import pull
from models.recommend import planned, recommend, seen

VERBS: dict[str, tuple[str, tuple[str, ...]]] = {
    "list": ("every model, and which are here", ()),
    "card": ("all that is known of one", ("name",)),
    "recommend": ("what fits a machine, and why", ()),
    "pull": ("fetch one from where it is published; goes on where it was stopped", ("name",)),
    "import": ("bring in a file, or the folder of an embedder or reranker", ("name", "file")),
    "bench": ("tokens a second of one stream and of eight, on this machine with nothing else running", ("name",)),
    "verify": ("compare what is here with its pinned digest", ()),
}


class Command(BaseCommand):
    help = "The catalogue of models: " + ", ".join(VERBS)

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        for verb, (meaning, words) in VERBS.items():
            one = verbs.add_parser(verb, help=meaning, description=meaning)
            for word in words:
                one.add_argument(word)
            if verb == "verify":
                one.add_argument("name", nargs="?", default="")
            if verb == "pull":
                one.add_argument("--from", dest="source", default="", metavar="URL", help="a mirror of the same file or folder")
            if verb == "recommend":
                one.add_argument("--ram", default="", metavar="64GB", help="for another machine with so much memory")
                one.add_argument("--vram", default="", metavar="24GB", help="with so much graphics memory, of NVIDIA's; 0 for none")
                one.add_argument("--cores", type=int, default=0, help="with so many cores")
            one.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        own = ("name", "file", "source", "ram", "vram", "cores")
        try:
            found = getattr(self, f"_{verb}")(**{key: options[key] for key in own if key in options})
        except (LookupError, ValueError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error
        except KeyboardInterrupt:
            raise CommandError("Stopped. What has been fetched is kept; the same command goes on from there.", returncode=130) from None
        if options["json"]:
            self.stdout.write(json.dumps(found, ensure_ascii=False, default=str))
        else:
            for row in found if isinstance(found, list) else [found]:
                self.stdout.write(PAGES.get(verb, line)(row))

    def _list(self) -> list[dict[str, Any]]:
        return [
            {"name": c.name, "kind": c.kind, "quantisation": c.quantisation, "memory_gb": round(c.memory / 1e9, 1), "here": _here(c)}
            for c in catalogue.cards().values()
        ]

    def _card(self, name: str) -> dict[str, Any]:
        return asdict(catalogue.read(name))

    def _pull(self, name: str, source: str) -> dict[str, Any]:
        pulled = pull(catalogue.find(name), source=source, tell=Teller(self.stderr.write))
        note = "no digest was known before: this one is pinned, and every later copy is compared with it" if pulled.pinned_now else ""
        return {"name": name, "pulled": str(pulled.path), "sha256": pulled.digest, "note": note}

    def _import(self, name: str, file: str) -> dict[str, Any]:
        card = catalogue.find(name)
        return {"name": name, "imported": str(import_model(card, Path(file))), "sha256": catalogue.find(name).sha256}

    def _verify(self, name: str = "") -> list[dict[str, Any]]:
        wanted = [catalogue.read(name)] if name else [c for c in catalogue.cards().values() if _here(c)]
        return [{"name": c.name, "digest": digest, "as_catalogued": digest == c.sha256} for c in wanted for digest in [_digest(c)]]

    def _recommend(self, ram: str, vram: str, cores: int) -> dict[str, Any]:
        graphics = (0 if vram in ("0", "none") else amount(vram)) if vram else None
        advice = recommend(planned(look(), amount(ram) if ram else 0, graphics, cores), catalogue.cards().values())
        fit = advice.fit
        return {
            "machine": seen(advice.machine),
            "model": fit.card.name if fit else catalogue.default().name,
            "quantisation": fit.card.quantisation if fit else "",
            "slots": fit.slots if fit else 0,
            "context": fit.context if fit else 0,
            "on_gpu": fit.on_gpu if fit else False,
            "why": advice.why,
            "why_not_larger": advice.why_not_larger,
            "do": list(advice.do),
        }

    def _bench(self, name: str) -> list[dict[str, Any]]:
        return measure(catalogue.read(name))


def line(row: dict[str, Any]) -> str:
    return "  ".join(f"{key}: {value}" for key, value in row.items() if value not in ("", None, 0, {}, ()))


def advice_page(row: dict[str, Any]) -> str:
    where = "on the graphics processor" if row["on_gpu"] else "on the processor"
    size = f"{row['quantisation']}, {row['slots']} samples of {row['context']:,} tokens, {where}" if row["slots"] else "not for care"
    commands = "\n".join(f"    {command}" for command in row["do"])
    return f"This machine: {row['machine']}\nTake {row['model']} ({size}).\n{row['why']}\n{row['why_not_larger']}\n{commands}"


PAGES: dict[str, Callable[[dict[str, Any]], str]] = {"recommend": advice_page}


class Teller:
    """Progress on a terminal in one line that is written over; elsewhere a line every ten seconds."""

    def __init__(self, write: Any) -> None:
        self._write, self._terminal, self._last, self._name = write, sys.stderr.isatty(), 0.0, ""

    def __call__(self, progress: Progress) -> None:
        now, over = time.monotonic(), progress.done >= progress.total
        if progress.name == self._name and not over and now - self._last < (0.2 if self._terminal else 10.0):
            return
        self._last, self._name = now, progress.name
        self._write(f"\r{progress.line():<100}" if self._terminal else progress.line(), ending="\n" if over or not self._terminal else "")


def _here(card: catalogue.Card) -> bool:
    return bool(card.file) and catalogue.weights_path(card).exists()


def _digest(card: catalogue.Card) -> str:
    path = catalogue.weights_path(card)
    return folder_digest(path) if path.is_dir() else digest_of(path)
