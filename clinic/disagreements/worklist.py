"""Whose turn it is: what one disagreement asks of one user, and the list of all that match a filter."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.paginator import Page as Slice
from django.core.paginator import Paginator
from django.db.models import F, Prefetch, Q, QuerySet

from clinic.disagreements.models import OPEN, Disagreement, Opinion, State
from clinic.people.models import User

ROWS = 25


class Turn(StrEnum):
    """What a disagreement asks of a user."""

    ESCALATE = "escalate"
    WRITE = "write"
    REVEAL = "reveal"
    ADVICE = "advice"
    ABSTENTION = "abstention"
    HUMAN = "human"
    ACKNOWLEDGE = "acknowledge"
    OTHER = "other"
    CONSULT = "consult"
    NOTHING = "nothing"


TURNS: dict[Turn, tuple[str, str]] = {
    Turn.ESCALATE: ("Time-critical: escalate", "call"),
    Turn.WRITE: ("Write your opinion", "pen"),
    Turn.REVEAL: ("Read both opinions", "open"),
    Turn.ADVICE: ("Read the Advice, decide", "read"),
    Turn.ABSTENTION: ("Read the Abstention, decide", "read"),
    Turn.HUMAN: ("Decide without the consult", "person"),
    Turn.ACKNOWLEDGE: ("Acknowledge the decision", "ok"),
    Turn.OTHER: ("Waits for the other doctor", "wait"),
    Turn.CONSULT: ("Consult running", "wait"),
    Turn.NOTHING: ("", ""),
}
"""Turn -> words on the worklist, icon. Its order is the order of urgency."""

WAITS = (Turn.OTHER, Turn.CONSULT, Turn.NOTHING)
AFTER: dict[str, Turn] = {
    State.TIME_CRITICAL: Turn.ESCALATE, State.REVEALED: Turn.REVEAL, State.ADVISED: Turn.ADVICE, State.ABSTAINED: Turn.ABSTENTION,
    State.NEEDS_HUMAN: Turn.HUMAN, State.CONSULTING: Turn.CONSULT,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One disagreement as one user sees it on the list."""

    row: Disagreement
    turn: Turn

    @property
    def words(self) -> str:
        return TURNS[self.turn][0]

    @property
    def icon(self) -> str:
        return TURNS[self.turn][1]

    @property
    def waits(self) -> bool:
        return self.turn in WAITS


SHOW: dict[str, tuple[str, Q]] = {
    "open": ("Open", Q(state__in=OPEN)),
    "mine": ("Mine", Q()),
    "ended": ("Ended", ~Q(state__in=OPEN)),
    "all": ("All", Q()),
}
"""Filter -> words, condition; `mine` is narrowed to the user."""


def turn(row: Disagreement, user: User) -> Turn:
    """What the row asks of the user. `row.opinions` may be prefetched as sealed ones only."""
    if user.pk not in (row.first_id, row.second_id):
        return Turn.NOTHING
    if row.state == State.DECIDED:
        decision = row.decision
        return Turn.ACKNOWLEDGE if decision.acknowledged_at is None and decision.made_by_id != user.pk else Turn.NOTHING
    if row.state in (State.DRAFT, State.ONE_SEALED):
        return Turn.OTHER if any(o.doctor_id == user.pk and o.sealed_at for o in row.opinions.all()) else Turn.WRITE
    return AFTER.get(row.state, Turn.NOTHING)


def tasks(user: User) -> list[Row]:
    """The user's own open disagreements, those that ask for an act first, the urgent before the rest."""
    mine = _rows(user).filter(_of(user)).filter(Q(state__in=OPEN) | Q(state=State.DECIDED, decision__acknowledged_at=None))
    order = list(TURNS)
    rows = [one for one in _as_rows(mine, user) if one.turn is not Turn.NOTHING]
    return sorted(rows, key=lambda one: order.index(one.turn))


def listed(user: User, show: str, state: str, q: str, number: str | None) -> Slice[Row]:
    """One page of the hospital's disagreements under a filter and a search."""
    rows = _rows(user).filter(SHOW[show][1])
    if show == "mine":
        rows = rows.filter(_of(user))
    if state:
        rows = rows.filter(state=state)
    if q:
        words = Q(question__icontains=q) | Q(case__name__icontains=q) | Q(case__number__icontains=q)
        rows = rows.filter(words | Q(first__name__icontains=q) | Q(second__name__icontains=q) | Q(id__istartswith=_dashed(q)))
    found: Any = Paginator(rows, ROWS).get_page(number)
    found.object_list = _as_rows(found.object_list, user)
    shown: Slice[Row] = found
    return shown


def _dashed(q: str) -> str:
    """The beginning of an id as it is written: PostgreSQL compares with the dashes, SQLite without."""
    bare = q.replace("-", "")
    return "-".join(filter(None, (bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:])))


def _rows(user: User) -> QuerySet[Disagreement]:
    sealed = Opinion.objects.filter(sealed_at__isnull=False).only("disagreement_id", "doctor_id", "sealed_at", "revision")
    rows = Disagreement.objects.filter(hospital=user.hospital).select_related("case", "first", "second", "decision")
    return rows.defer("snapshot", "concordance").prefetch_related(Prefetch("opinions", sealed)).order_by(F("opened_at").desc())


def _of(user: User) -> Q:
    return Q(first=user) | Q(second=user)


def _as_rows(rows: Iterable[Disagreement], user: User) -> list[Row]:
    return [Row(row, turn(row, user)) for row in rows]
