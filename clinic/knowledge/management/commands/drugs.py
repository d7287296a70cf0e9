"""`manage.py drugs import|list|withdraw`: the hospital's own drug records from the shell."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import wiring
from clinic.knowledge.drug_imports import SHELL, Change, import_drugs, withdraw_drug
from retrieval.errors import RetrievalError


class Command(BaseCommand):
    help = "Import drug records (YAML, CSV, FHIR JSON, openFDA JSON, SPL XML) over the demonstration's, list or withdraw them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        add = verbs.add_parser("import", help="all records of a file, or none")
        add.add_argument("file", type=Path)
        add.add_argument("--check", action="store_true", help="say what would happen, write nothing")
        add.add_argument("--replace", action="store_true", help="also where a check would be lost")
        shown = verbs.add_parser("list", help="the hospital's own records")
        gone = verbs.add_parser("withdraw", help="take one of them away; the demonstration's holds again")
        gone.add_argument("name")
        for verb in (add, shown, gone):
            verb.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            {"import": self._import, "list": self._list, "withdraw": self._withdraw}[verb](options)
        except (RetrievalError, OSError) as error:
            raise CommandError(str(error), returncode=2) from error

    def _import(self, options: dict[str, Any]) -> None:
        changes = import_drugs(options["file"], by=SHELL, replace=options["replace"], check=options["check"])
        if options["json"]:
            self.stdout.write(json.dumps({"written": not options["check"], "drugs": [_line(one) for one in changes]}, ensure_ascii=False))
            return
        for one in changes:
            act = "unchanged" if one.unchanged else f"replaces the {one.replaces}'s record" if one.replaces else "new"
            self.stdout.write(f"{one.record.name}: {act}")
            if one.lost:
                self.stdout.write(f"  would lose {', '.join(one.lost)}: complete the record, or import with --replace")
            if one.missing:
                self.stdout.write(f"  not stated: {', '.join(one.missing)}")
        self.stdout.write("Nothing was written." if options["check"] else f"Formulary {wiring.formulary().digest[:12]}")

    def _list(self, options: dict[str, Any]) -> None:
        own = sorted(wiring.formulary().own)
        self.stdout.write(
            json.dumps(own, ensure_ascii=False) if options["json"] else "\n".join(own) or "The hospital has no record of its own."
        )

    def _withdraw(self, options: dict[str, Any]) -> None:
        withdraw_drug(options["name"], by=SHELL)
        digest = wiring.formulary().digest
        self.stdout.write(json.dumps({"digest": digest}) if options["json"] else f"Withdrawn. Formulary {digest[:12]}")


def _line(one: Change) -> dict[str, Any]:
    return {"name": one.record.name, "replaces": one.replaces, "unchanged": one.unchanged, "missing": one.missing, "lost": one.lost}
