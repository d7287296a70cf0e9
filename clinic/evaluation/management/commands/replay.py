"""`manage.py replay CONSULT`: runs a finished consult again from what is stored and says what is the same."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from clinic import wiring
from clinic.consults.models import Consult
from clinic.consults.routing import asked
from clinic.consults.worker import versions
from clinic.reasoning.events import Concluded, RunFinished
from clinic.reasoning.kinds import KINDS


class Command(BaseCommand):
    help = "Run a consult again from its stored brief and seed; compares versions, tokens and outcome."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("consult", type=UUID)
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, consult: UUID, **options: Any) -> None:
        row = Consult.objects.filter(pk=consult, outcome__isnull=False).select_related("outcome").first()
        if row is None:
            raise CommandError("No finished consult has this id.", returncode=2)
        stored = [e for e in row.events.filter(type="run", fence=row.fence).values_list("body", flat=True)]
        model, effort = asked(row)
        with wiring.engine_at_hand(model) as engine:
            tools, kind = wiring.tools(use=engine, effort=effort), KINDS[row.kind]
            now, again, runs = versions(tools, row), "", []
            for event in kind.run(kind.brief.model_validate(row.brief), tools):
                if isinstance(event, Concluded):
                    again = str(event.conclusion.outcome)
                elif isinstance(event, RunFinished):
                    runs.append(event)
        same = [one["answer"] == run.answer and one["think"] == run.think for one, run in zip(stored, runs, strict=False)]
        found = {
            "consult": str(row.pk),
            "versions_differ": sorted(k for k, v in now.items() if row.outcome.versions.get(k) != v),
            "runs": [len(stored), len(runs)],
            "runs_token_for_token": sum(same),
            "outcome": [row.outcome.conclusion["outcome"], again],
            "same_outcome": again == row.outcome.conclusion["outcome"],
        }
        self.stdout.write(json.dumps(found, indent=None if options["json"] else 1))
