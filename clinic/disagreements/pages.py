"""The typed pages of this app. DisagreementPage follows the state: PARTS says which partial shows which state."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.core.paginator import Page as Slice

from clinic import wiring
from clinic.cases.models import Case
from clinic.cases.snapshot import snapshot
from clinic.consults.models import Consult
from clinic.consults.progress import Progress, read
from clinic.disagreements import actions
from clinic.disagreements.conclusion import Ended, ended
from clinic.disagreements.forms import FREQUENCIES, ROUTES, UNITS, DecisionForm, OpenForm, OpinionForms
from clinic.disagreements.history import History, history
from clinic.disagreements.models import Choice, Disagreement, Opinion, State
from clinic.disagreements.words import STATES
from clinic.disagreements.worklist import SHOW, Row
from clinic.people.access import can
from clinic.people.models import User
from clinic.reasoning import safety
from clinic.reasoning.facts import CaseSnapshot, Dispute, Plan, Side
from clinic.reasoning.questions import Concordance
from clinic.reasoning.safety.finding import Caution
from retrieval.types import Severity

PARTS: dict[str, str] = {
    State.DRAFT: "waiting", State.ONE_SEALED: "waiting", State.BOTH_SEALED: "waiting", State.REVEALED: "revealed", State.CONCORDANT: "concordant",
    State.CONSULTING: "running", State.ADVISED: "ended", State.ABSTAINED: "ended", State.NEEDS_HUMAN: "needs_human", State.DECIDED: "decided",
    State.TIME_CRITICAL: "time_critical", State.WITHDRAWN: "withdrawn",
}  # fmt: skip
"""State -> `disagreements/_<part>.html`."""

UNDECIDED = (State.REVEALED, State.ADVISED, State.ABSTAINED, State.NEEDS_HUMAN, State.TIME_CRITICAL)


@dataclass(frozen=True, slots=True)
class WorklistPage:
    """My tasks, then the hospital's disagreements under a filter."""

    template: ClassVar[str] = "disagreements/worklist.html"
    mine: tuple[Row, ...]
    waiting: tuple[Row, ...]
    rows: Slice[Row]
    show: str
    state: str
    q: str
    filters: tuple[tuple[str, str], ...] = tuple((key, words) for key, (words, _) in SHOW.items())
    states: tuple[tuple[str, str], ...] = tuple((str(value), str(label)) for value, label in State.choices)

    @property
    def link(self) -> str:
        """The filter, for the links to the pages before and after."""
        return urlencode({"show": self.show, "state": self.state}) + "&"


@dataclass(frozen=True, slots=True)
class OpenPage:
    """The form that opens a disagreement, on its own page when something has to be mended."""

    template: ClassVar[str] = "disagreements/open.html"
    case: Case
    form: OpenForm


@dataclass(frozen=True, slots=True)
class Seat:
    """One of the two doctors: who, and whether the opinion is sealed. What it says is not in here."""

    doctor: User
    sealed_at: datetime | None
    me: bool


@dataclass(frozen=True, slots=True)
class PlanView:
    """One opened opinion."""

    side: Side
    opinion: Opinion
    plan: Plan
    cautions: tuple[Caution, ...]
    me: bool


@dataclass(frozen=True, slots=True)
class Lists:
    """What the fields of a plan item suggest."""

    drugs: tuple[str, ...]
    units: tuple[str, ...] = UNITS
    routes: tuple[str, ...] = ROUTES
    frequencies: tuple[str, ...] = FREQUENCIES


@dataclass(frozen=True, slots=True)
class DisagreementPage:
    """Everything the page of one disagreement shows to one user. Before the reveal `plans` is empty."""

    template: ClassVar[str] = "disagreements/disagreement.html"
    row: Disagreement
    part: str
    meaning: str
    facts: CaseSnapshot
    changed: bool
    seats: tuple[Seat, Seat]
    assigned: bool
    history: History
    mine: Opinion | None = None
    my_plan: Plan | None = None
    my_cautions: tuple[Caution, ...] = ()
    opinion: OpinionForms | None = None
    lists: Lists | None = None
    plans: tuple[PlanView, ...] = ()
    concordance: Concordance | None = None
    high: int = 0
    consult: Consult | None = None
    progress: Progress | None = None
    ended: Ended | None = None
    decision: Any = None
    decision_form: DecisionForm | None = None
    against: tuple[str, ...] = ()
    may_consult: bool = False
    may_acknowledge: bool = False
    may_withdraw: bool = False
    printing: bool = False
    checks: int = field(default=len(safety.CHECKS))


def disagreement_page(
    row: Disagreement,
    user: User,
    *,
    opinion: OpinionForms | None = None,
    decision: DecisionForm | None = None,
    edit: bool = False,
    printing: bool = False,
) -> DisagreementPage:
    """Puts the page together for this user; what another doctor has not revealed is not read here at all."""
    assigned = can(user, "opinion.write", row)
    facts = CaseSnapshot.model_validate(row.snapshot, extra="ignore") if row.revealed else snapshot(row.case)
    shared: dict[str, Any] = {
        "row": row,
        "part": PARTS[row.state],
        "meaning": STATES[State(row.state)],
        "facts": facts,
        "changed": row.revealed and snapshot(row.case) != facts,
        "seats": (_seat(row, row.first, user), _seat(row, row.second, user)),
        "assigned": assigned,
        "history": history(row),
        "printing": printing,
        "may_withdraw": assigned and row.state not in (State.DECIDED, State.WITHDRAWN, State.CONCORDANT),
    }
    if row.revealed:
        shared |= _opened(row, user)
    elif assigned and row.state in (State.DRAFT, State.ONE_SEALED, State.TIME_CRITICAL):
        shared |= _own(row, user, facts, opinion, edit)
    return DisagreementPage(**shared, **_deciding(row, user, decision))


def _seat(row: Disagreement, doctor: User, user: User) -> Seat:
    sealed = actions.sealed(row, doctor)
    return Seat(doctor, sealed.sealed_at if sealed else None, doctor.pk == user.pk)


def _own(row: Disagreement, user: User, facts: CaseSnapshot, opinion: OpinionForms | None, edit: bool) -> dict[str, Any]:
    """The user's own opinion: the form, or what was sealed, with the safety checks of it alone."""
    mine = actions.current(row, user)
    plan = Plan.model_validate(mine.plan) if mine else None
    writing = opinion is not None or edit or mine is None or mine.sealed_at is None
    if writing and opinion is None:
        opinion = OpinionForms(plan=mine.plan, confidence=mine.confidence) if mine else OpinionForms()
    return {
        "mine": mine,
        "my_plan": plan,
        "my_cautions": _cautions(Dispute(question=row.question, case=facts, x=plan, y=plan))[Side.X] if plan else (),
        "opinion": opinion if writing else None,
        "lists": Lists(tuple(wiring.formulary().names())) if writing else None,
    }


def _opened(row: Disagreement, user: User) -> dict[str, Any]:
    """Both plans with their Cautions, what is at issue, and the newest consult as far as it is."""
    opinions = actions.plans(row)
    found = _cautions(actions.dispute(row))
    plans = tuple(
        PlanView(side, opinion, Plan.model_validate(opinion.plan), found[side], opinion.doctor_id == user.pk)
        for side, opinion in zip(Side, opinions, strict=True)
    )
    concordance = Concordance.model_validate(row.concordance, extra="ignore")
    consult = actions.latest_consult(row)
    return {
        "plans": plans,
        "concordance": concordance,
        "high": sum(c.severity is Severity.HIGH for own in found.values() for c in own),
        "consult": consult,
        "progress": read(consult) if consult and row.state == State.CONSULTING else None,
        "ended": ended(consult, concordance) if consult and consult.state in ("advised", "abstained") else None,
    }


def _deciding(row: Disagreement, user: User, form: DecisionForm | None) -> dict[str, Any]:
    decision = getattr(row, "decision", None)
    mine = can(user, "decision.make", row)
    deciding = mine and decision is None and row.state in UNDECIDED
    if not deciding:
        form = None
    elif form is None:
        form = DecisionForm(opened=row.revealed)
    return {
        "decision": decision,
        "decision_form": form,
        "against": tuple(str(c) for c in Choice if actions.against_advice(row, c)) if deciding else (),
        "may_consult": mine and row.state in (State.REVEALED, State.ADVISED, State.ABSTAINED, State.NEEDS_HUMAN) and not row.time_critical,
        "may_acknowledge": bool(mine and decision and decision.acknowledged_at is None and decision.made_by_id != user.pk),
    }


def _cautions(dispute: Dispute) -> dict[Side, tuple[Caution, ...]]:
    found = safety.cautions(dispute, wiring.formulary(), wiring.glossary())
    return {side: tuple(c for c in found if c.plan is side) for side in Side}
