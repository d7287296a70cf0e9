"""`manage.py sources list|add|approve|withdraw|publish`: the knowledge desk from the shell, by a named user with that user's rights."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from clinic.knowledge import life, publishing, reader
from clinic.knowledge.life import Refused
from clinic.knowledge.mending import kept, units
from clinic.knowledge.models import SourceVersion, Upload, UploadState
from clinic.people.access import require
from clinic.people.models import User


class Command(BaseCommand):
    help = "List sources, bring a file in, approve it as a second person, withdraw a version, publish the index."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("list", help="every version and every file on its way")
        add = verbs.add_parser("add", help="read a file here and now, and propose it")
        add.add_argument("file", type=Path)
        add.add_argument("--meta", action="append", default=[], metavar="FIELD=WORDS", help="title, organisation, version, effective, id ...")
        add.add_argument("--note", default="", help="for the approver")
        approve = verbs.add_parser("approve", help="by another user than who brought it in")
        approve.add_argument("upload", help="id, as `add` and `list` print it")
        approve.add_argument("--comment", default="")
        withdraw = verbs.add_parser("withdraw", help="at once, for all new consults")
        withdraw.add_argument("source", help="the short name")
        withdraw.add_argument("version")
        withdraw.add_argument("--reason", required=True)
        publish = verbs.add_parser("publish", help="build and publish the index here and now")
        for verb in (add, approve, withdraw, publish):
            verb.add_argument("--by", required=True, metavar="USERNAME", help="whose rights are used and who stands in the log")
        for verb in verbs.choices.values():
            verb.add_argument("--json", action="store_true")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        try:
            said = {"list": self._list, "add": self._add, "approve": self._approve, "withdraw": self._withdraw, "publish": self._publish}[verb](options)
        except (Refused, PermissionDenied) as refusal:
            raise CommandError(str(refusal)) from refusal
        except (User.DoesNotExist, Upload.DoesNotExist, SourceVersion.DoesNotExist, ValidationError) as error:
            raise CommandError("There is no such user, upload or version: `manage.py sources list` names them.") from error
        for line in said:
            self.stdout.write(json.dumps(line, ensure_ascii=False) if options["json"] else "  ".join(str(value) for value in line.values()))

    def _list(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        versions = SourceVersion.objects.select_related("source").defer("text").order_by("source_id", "effective")
        found: list[dict[str, Any]] = [
            {"source": one.source_id, "version": one.version, "state": one.state, "effective": str(one.effective), "title": one.source.title} for one in versions
        ]
        return found + [_said(one) for one in Upload.objects.exclude(state=UploadState.APPROVED).defer("document")]

    def _add(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        by, file = _user(options), options["file"]
        if not file.is_file():
            raise CommandError(f"{file} is not a file.")
        given = dict(pair.partition("=")[::2] for pair in options["meta"])
        upload, _ = life.receive(file.name, file.read_bytes(), by=by)
        reader.work(upload.pk)
        upload.refresh_from_db()
        if upload.state == UploadState.REFUSED:
            raise CommandError(upload.fault)
        if upload.mendable:
            if given:
                life.describe(upload, given, by=by)
            life.propose(upload, options["note"], by=by)
        return [_said(upload) | {"units": len(kept(units(upload)))}]

    def _approve(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        version = life.approve(Upload.objects.get(pk=options["upload"]), options["comment"], by=_user(options))
        return [{"source": version.source_id, "version": version.version, "state": version.state}]

    def _withdraw(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        version = SourceVersion.objects.get(source=options["source"], version=options["version"])
        told = life.withdraw(version, options["reason"], by=_user(options))
        return [{"source": version.source_id, "version": version.version, "state": version.state, "told": told}]

    def _publish(self, options: dict[str, Any]) -> list[dict[str, Any]]:
        asked = publishing.ask("Asked for from the shell", by=_editor(options))
        publishing.work(asked.pk)
        asked.refresh_from_db()
        if asked.fault:
            raise CommandError(asked.fault)
        return [{"publication": str(asked.pk), "state": asked.state, "generation": asked.generation}]


def _user(options: dict[str, Any]) -> User:
    return User.objects.get(username=options["by"])


def _editor(options: dict[str, Any]) -> User:
    require(user := _user(options), "knowledge.edit")
    return user


def _said(one: Upload) -> dict[str, Any]:
    return {"upload": str(one.pk), "state": one.state, "file": one.name, "title": one.title, "fault": one.fault}
