"""`manage.py log verify|prove|export`: the decision log from the shell. Exit status 1 if the log is not sound."""

from __future__ import annotations

import json
import os
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic.audit.export import FORMATS
from clinic.audit.log import in_turn, record
from clinic.audit.models import Entry
from clinic.audit.reading import Filter, prove
from clinic.audit.verify import Known, verify

SHELL = "system:shell"


class Command(BaseCommand):
    help = "Verify the decision log, prove that an entry stands in it, or export it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("verify", help="recompute every leaf, link and the Merkle root")
        check.add_argument("--since", action="append", default=[], metavar="SIZE:ROOT", help="a root noted earlier; may be repeated")
        check.add_argument("--read-only", action="store_true", help="write no log.verified entry, for a copy or a backup")
        proof = verbs.add_parser("prove", help="the inclusion proof of one entry")
        proof.add_argument("index", type=int)
        proof.add_argument("--size", type=int, help="in the log as it was with so many entries")
        export = verbs.add_parser("export", help="all entries, oldest first: CSV, or with --json one JSON object a line")
        export.add_argument("--out", help="a new file; without it, standard output")
        for name in ("act", "actor", "subject", "since", "until", "q"):
            export.add_argument(f"--{name}", default="")
        for verb in (check, proof, export):
            verb.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        {"verify": self._verify, "prove": self._prove, "export": self._export}[verb](options)

    def _verify(self, options: dict[str, Any]) -> None:
        try:
            known = [Known.parse(text) for text in options["since"]]
        except ValueError as error:
            raise CommandError(str(error)) from error
        started = time.perf_counter()
        report = verify(known)
        seconds = time.perf_counter() - started
        if not options["read_only"]:
            with in_turn():
                record("log.verified", "log", by=SHELL, entries=report.entries, root=report.root, faults=len(report.faults))
        if options["json"]:
            self._say(json.dumps({**asdict(report), "sound": report.sound, "seconds": round(seconds, 3)}))
        else:
            self._say(f"{report.entries} entries in {seconds:.2f} s. {'Sound.' if report.sound else 'NOT SOUND.'}")
            self._say(f"root  {report.entries}:{report.root}\nhead  {report.head}")
            for fault in report.faults:
                self._say(f"entry {fault.index}: {fault.message}")
        if not report.sound:
            sys.exit(1)

    def _prove(self, options: dict[str, Any]) -> None:
        try:
            proof = prove(options["index"], options["size"])
        except IndexError as error:
            raise CommandError(f"{error}.") from error
        if options["json"]:
            body = Entry.objects.values_list("body", flat=True).get(index=proof.index)
            self._say(json.dumps({**asdict(proof), "body": body, "holds": proof.holds}, ensure_ascii=False))
            return
        self._say(f"entry {proof.index} of {proof.size}\nleaf  {proof.leaf}")
        for sibling in proof.path:
            self._say(f"      {sibling}")
        self._say(f"root  {proof.root}\n{'The proof holds.' if proof.holds else 'The proof does NOT hold.'}")

    def _export(self, options: dict[str, Any]) -> None:
        asked = Filter.of(options)
        if asked.problems:
            raise CommandError(" ".join(asked.problems))
        write, _ = FORMATS["jsonl" if options["json"] else "csv"]
        entries = asked.entries().reverse()
        with in_turn():
            record("page.printed", "log", by=SHELL, page="log export", filter=asked.query(), entries=entries.count())
        lines = write(entries.iterator(2000))
        if not options["out"]:
            self._pour(lines)
            return
        try:
            with open(options["out"], "x", encoding="utf-8", newline="") as file:
                file.writelines(lines)
        except FileExistsError as error:
            raise CommandError(f"{options['out']} exists; name a new file.") from error

    def _pour(self, lines: Iterable[str]) -> None:
        """To standard output; quiet when the reader (`head`) has seen enough."""
        try:
            for line in lines:
                self._say(line, ending="")
            self.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def _say(self, text: str, ending: str = "\n") -> None:
        self.stdout.write(text, ending=ending)
