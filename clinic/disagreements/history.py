"""What happened to one disagreement and its consults, read from the decision log, in the log's own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clinic.audit.acts import ACTS
from clinic.audit.models import Entry
from clinic.disagreements.actions import subject
from clinic.disagreements.models import Disagreement
from clinic.people.models import User

SYSTEM = {"system:worker": "Worker", "system:sweeper": "Sweeper", "system:demo": "Demonstration data"}


@dataclass(frozen=True, slots=True)
class Happened:
    """One entry on the timeline."""

    index: int
    at: datetime
    words: str
    who: str


@dataclass(frozen=True, slots=True)
class History:
    """The timeline, oldest first, and how many times and by how many people the page was looked at."""

    happened: tuple[Happened, ...]
    views: int
    viewers: int


def history(row: Disagreement) -> History:
    subjects = [subject(row), *(f"consult:{pk}" for pk in row.arbitrations.values_list("consult_id", flat=True))]
    entries = list(
        Entry.objects.filter(subject__in=subjects).exclude(act="access.refused").only("index", "at", "act", "actor").order_by("index")
    )
    names = {user.username: str(user) for user in User.objects.filter(username__in={e.actor for e in entries})}
    seen = [e for e in entries if e.act == "disagreement.viewed"]
    happened = tuple(
        Happened(e.index, e.at, ACTS.get(e.act, e.act), names.get(e.actor) or SYSTEM.get(e.actor, e.actor))
        for e in entries
        if e.act != "disagreement.viewed"
    )
    return History(happened, len(seen), len({e.actor for e in seen}))
