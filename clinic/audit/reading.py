"""Reading the log: which entries a reader asks for, what an entry says, and the proof that it stands in the log."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet

from clinic.audit.acts import ACTS
from clinic.audit.merkle import inclusion_proof, root, root_from_proof
from clinic.audit.models import Entry

LONGEST = 120
"""Characters of a filter that are looked at."""


NUMBER = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader asks for. Days are UTC, both ends included. `problems`: what was not understood and is left out."""

    act: str = ""
    actor: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None
    q: str = ""
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> Filter:
        """From query parameters; anything unknown becomes a problem, never an error."""
        texts = {name: str(asked.get(name, "") or "").replace("\0", "").strip()[:LONGEST] for name in ("act", "actor", "subject", "q")}
        problems = []
        days: dict[str, date | None] = {}
        for name, label in (("since", "From"), ("until", "To")):
            days[name] = _day(text := str(asked.get(name, "") or "").strip())
            if text and days[name] is None:
                problems.append(f"{label}: {text[:40]!r} is not a date such as 2026-11-21; it is left out.")
        if texts["act"] and texts["act"] not in ACTS and texts["act"] not in groups():
            problems.append(f"There is no act {texts['act']!r}; it is left out.")
            texts["act"] = ""
        if days["since"] and days["until"] and days["since"] > days["until"]:
            problems.append("The first day is after the last: nothing can match.")
        return cls(**texts, since=days["since"], until=days["until"], problems=tuple(problems))

    def __bool__(self) -> bool:
        return any((self.act, self.actor, self.subject, self.since, self.until, self.q))

    def entries(self) -> QuerySet[Entry]:
        """Newest first."""
        rows = Entry.objects.order_by("-index")
        if self.act:
            rows = rows.filter(act=self.act) if self.act in ACTS else rows.filter(act__startswith=self.act + ".")
        if self.actor:
            rows = rows.filter(actor=self.actor)
        if self.subject:
            rows = rows.filter(subject__startswith=self.subject)
        if self.since:
            rows = rows.filter(at__gte=_midnight(self.since))
        if self.until:
            rows = rows.filter(at__lt=_midnight(self.until) + timedelta(days=1)) if self.until < date.max else rows
        if self.q:
            rows = rows.filter(_free(self.q))
        return rows

    def query(self) -> str:
        """The filter as a query string."""
        asked = {name: getattr(self, name) for name in ("act", "actor", "subject", "since", "until", "q")}
        return urlencode({name: value for name, value in asked.items() if value})


def _free(text: str) -> Q:
    """An entry's number, a part of a subject's id, or the beginning of a leaf or chain value."""
    found = Q(subject__icontains=text) | Q(leaf__startswith=text.lower()) | Q(chain__startswith=text.lower())
    number = text.lstrip("#")
    return found | Q(index=int(number)) if NUMBER.fullmatch(number) else found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def groups() -> tuple[str, ...]:
    """First words of the acts (`opinion` of `opinion.sealed`), in the order of the table."""
    return tuple(dict.fromkeys(act.partition(".")[0] for act in ACTS))


def details(entry: Entry) -> dict[str, Any]:
    """What the act wrote down besides its columns; empty where the body cannot be read."""
    try:
        body = json.loads(entry.body)
    except ValueError:
        return {}
    found = body.get("details", {}) if isinstance(body, dict) else {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True, slots=True)
class Proof:
    """That a leaf stands at `index` of the log of `size` entries with this `root`; all hashes are hex."""

    index: int
    size: int
    leaf: str
    path: tuple[str, ...]
    root: str

    @property
    def holds(self) -> bool:
        try:
            found = root_from_proof(self.index, self.size, bytes.fromhex(self.leaf), [bytes.fromhex(one) for one in self.path])
        except ValueError:
            return False
        return found.hex() == self.root


def prove(index: int, size: int | None = None) -> Proof:
    """Reads all leaves of the first `size` entries (all, if None): time grows with the log. IndexError outside it.

    A log of millions keeps the hashes of its complete subtrees; this is the one place that would read them.
    """
    rows = Entry.objects.order_by("index").values_list("leaf", flat=True)
    leaves = [bytes.fromhex(leaf) for leaf in (rows if size is None else rows.filter(index__lt=size)).iterator(5000)]
    if size is not None and size > len(leaves):
        raise IndexError(f"the log has {len(leaves)} entries, not {size}")
    path = tuple(one.hex() for one in inclusion_proof(index, leaves))
    return Proof(index, len(leaves), leaves[index].hex(), path, root(leaves).hex())
