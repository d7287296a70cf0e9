"""`manage.py evaluate SUITE --cases IN --out OUT`: any file in the documented shapes, so that a hospital can bring its own cases."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic import wiring
from clinic.evaluation.at_hand import EFFORTS, tools_at_hand
from clinic.evaluation.suites import LATER, SUITES, run_case
from clinic.reasoning.tools import Tools
from inference.errors import InferenceError
from retrieval.errors import RetrievalError


class Command(BaseCommand):
    help = "Run an evaluation suite over a file of cases (JSONL, or a folder of YAML files); prints a summary with 95 % intervals."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("suite", choices=[*SUITES, "retrieval", *LATER])
        parser.add_argument("--cases", type=Path, help="JSONL file or folder of YAML files.")
        parser.add_argument("--out", type=Path, help="JSONL, a line a case; lines already there are not run again.")
        parser.add_argument("--split", default="", help="Only cases with this `split`.")
        parser.add_argument("--limit", type=int, default=0)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--model", default="", help="A model of the catalogue or a card's path. Default: what arbitration is put to.")
        parser.add_argument("--effort", default="", choices=["", *EFFORTS], help="How much it may think. Default: what arbitration is put to.")
        parser.add_argument("--json", action="store_true")
        for name in ("corpus", "queries", "qrels", "run"):
            parser.add_argument(f"--{name}", type=Path)
        parser.add_argument("--labels", type=Path, help="retrieval: a folder of labelled questions over the demonstration library.")
        parser.add_argument("--sets", default="", help="retrieval: public sets to compare on, by comma; see retrieval/public_sets.py.")
        parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="retrieval --sets: the folder of the public sets.")
        parser.add_argument("--work", type=Path, help="retrieval --sets: where index, vectors and runs are kept.")
        parser.add_argument("--mode", choices=["hybrid", "dense", "lexical"], default="hybrid")

    def handle(self, *args: Any, suite: str, **options: Any) -> None:
        if suite in LATER:
            self.stderr.write(f"The suite {suite} is not available in this version.")
            sys.exit(3)
        if suite == "retrieval":
            self._retrieval(options)
            return
        if options["cases"] is None or not options["cases"].exists():
            raise CommandError("--cases must name a JSONL file or a folder of YAML files.", returncode=2)
        cases = [c for c in read_cases(options["cases"]) if not options["split"] or c.get("split") == options["split"]]
        cases = cases[: options["limit"] or None]
        try:
            with tools_at_hand(options["model"], options["effort"]) if SUITES[suite].asks else nullcontext() as tools:
                asked = {"model": tools.engine.identity().model, "effort": str(tools.effort)} if tools else {}
                pairs = [(case, line) for case, line in self._lines(suite, cases, options, tools)]
        except (InferenceError, LookupError, RetrievalError) as error:
            raise CommandError(str(error), returncode=2) from error
        summary = {"suite": suite, **asked, **SUITES[suite].summary(pairs)}
        self.stdout.write(json.dumps(summary, ensure_ascii=False, indent=None if options["json"] else 1))

    def _lines(
        self, suite: str, cases: list[dict[str, Any]], options: dict[str, Any], tools: Tools | None
    ) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        out: Path | None = options["out"]
        done = {line["id"]: line for line in read_cases(out)} if out and out.exists() else {}
        for number, case in enumerate(cases, 1):
            line = done.get(case.get("id"))
            if line is None:
                line = run_case(SUITES[suite], case, options["seed"], tools)
                if out:
                    with out.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
            self.stderr.write(f"{number}/{len(cases)} {case.get('id')} {line.get('outcome') or line.get('error') or ''}")
            yield case, line

    def _retrieval(self, options: dict[str, Any]) -> None:
        from retrieval.evaluate import evaluate_labels, evaluate_retrieval

        if options["sets"]:
            self._compare(options)
            return
        if options["labels"]:
            found = evaluate_labels(settings.FIXTURES, options["labels"], wiring.embedder(), options["split"])
            self.stdout.write(json.dumps({"suite": "retrieval", **found}, ensure_ascii=False, indent=None if options["json"] else 1))
            return
        if not (options["corpus"] and options["queries"]):
            raise CommandError("retrieval needs --corpus and --queries.", returncode=2)
        embedder = None if options["mode"] == "lexical" else wiring.embedder()
        found = evaluate_retrieval(options["corpus"], options["queries"], options["qrels"], options["mode"], options["run"], embedder)
        self.stdout.write(json.dumps({"suite": "retrieval", **found}, ensure_ascii=False, indent=None if options["json"] else 1))

    def _compare(self, options: dict[str, Any]) -> None:
        from retrieval.public_sets import SETS, compare

        names = options["sets"].split(",")
        if unknown := sorted(set(names) - SETS.keys()):
            raise CommandError(f"{unknown[0]} is no set. Known: {', '.join(SETS)}.", returncode=2)
        if not options["work"]:
            raise CommandError("--sets needs --work, a folder outside the repository.", returncode=2)
        for name in names:
            row = compare(name, options["data"], options["work"], wiring.embedder(), options["limit"] or None)
            self.stdout.write(json.dumps(row, ensure_ascii=False, indent=None if options["json"] else 1))


def read_cases(path: Path) -> Iterator[dict[str, Any]]:
    """Cases of a JSONL file or of a folder of YAML files. A line that is no JSON object stops with its number."""
    if path.is_dir():
        for file in sorted(path.glob("*.yaml")):
            yield yaml.safe_load(file.read_text(encoding="utf-8"))
        return
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    value = json.loads(line)
                except ValueError as error:
                    raise CommandError(f"{path}, line {number}: not JSON ({error}).", returncode=2) from error
                if not isinstance(value, dict):
                    raise CommandError(f"{path}, line {number}: a case is one JSON object.", returncode=2)
                yield value
