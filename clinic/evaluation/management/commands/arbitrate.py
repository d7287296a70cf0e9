"""`manage.py arbitrate FILE`: weighs one disagreement and prints the advice or abstention."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic.evaluation.arbitrate import arbitrate, read_file
from clinic.evaluation.at_hand import EFFORTS, tools_at_hand
from clinic.reasoning.events import Event, Progress, StageEntered
from clinic.reasoning.intake import Unreadable


class Command(BaseCommand):
    help = "Weigh one disagreement (JSON or YAML) with the running model; nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--model", default="", help="A model of the catalogue or a card's path. Default: what arbitration is put to.")
        parser.add_argument("--effort", default="", choices=["", *EFFORTS], help="How much it may think. Default: what arbitration is put to.")
        parser.add_argument("--json", action="store_true", help="Print the whole result as one JSON object.")

    def handle(self, *args: Any, file: Path, seed: int, model: str = "", effort: str = "", **options: Any) -> None:
        try:
            data = read_file(file)
            with tools_at_hand(model, effort) as tools:
                result = arbitrate(data, tools, seed, self._follow)
        except Unreadable as error:
            raise CommandError("This disagreement cannot be read:\n  " + "\n  ".join(error.problems), returncode=2) from error
        except Exception as error:
            if not hasattr(error, "code"):
                raise
            raise CommandError(f"{error}", returncode=1) from error
        self.stdout.write(json.dumps(result, ensure_ascii=False, indent=1) if options["json"] else _page(result))

    def _follow(self, event: Event) -> None:
        if isinstance(event, StageEntered):
            self.stderr.write(f"{event.stage} {event.note}".rstrip())
        elif isinstance(event, Progress):
            self.stderr.write(f"  run {event.done} of {event.total}, {event.tokens} tokens")


def _page(result: dict[str, Any]) -> str:
    steady = result["stability"]
    lines = [
        f"{result['type'].upper()}: {result['outcome']} {result['reason']}".rstrip(),
        f"stability: {steady['agree']} of {steady['runs']} runs, orders agree: {steady['orders_agree']}; {result['seconds']} s",
    ]
    lines += [f"caution [{c['severity']}] plan {c['plan'].upper()}: {c['text']}" for c in result["cautions"]]
    for claim in result["claims"]:
        lines += [f"- plan {claim['side'].upper()} {claim['direction']}: {claim['text']}", f"    {claim['source']}: “{claim['quote']}”"]
    lines += [f"withheld: {result['withheld']}"] if result["withheld"] else []
    lines += [f"missing: {one}" for one in result["missing"]]
    return "\n".join([*lines, f"model {result['model']['model']} {result['model']['digest'][:12]}, index {result['index'][:12]}"])
