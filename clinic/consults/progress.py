"""How far a consult is, folded from its event rows: the same value for the page, for its reload and for the stream.

Only what may be shown is read: stages, Cautions, passages, checked Claims, votes. The text of a run never leaves its row.
Rows of an older version may hold fields that are gone; they are passed over, so that old consults stay readable.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from clinic.consults.models import Consult, ConsultEvent, State
from clinic.reasoning.claims import Claim
from clinic.reasoning.events import CautionsFound, Stage
from clinic.reasoning.evidence import Evidence, Exhibit
from clinic.reasoning.questions import QuestionAtIssue
from clinic.reasoning.safety.finding import Caution

STAGES: dict[Stage, str] = {
    Stage.CHECKING: "Checking both plans",
    Stage.RETRIEVING: "Searching the library",
    Stage.PLANNING: "Writing a blind plan",
    Stage.COMPARING: "Comparing, both orders",
    Stage.VERIFYING: "Checking every claim",
    Stage.CONCLUDING: "Concluding",
}
"""Each stage in the words of the page."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage on the stepper."""

    label: str
    state: Literal["done", "now", "ahead", "skipped"]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Vote:
    """One run as a dot. `outcome` is empty while the run is planned, `unusable` when its answer could not be used."""

    order: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What the running page shows."""

    consult: Consult
    fence: int
    last: int
    """Id of the last event row that is in here."""
    stage: Stage | None = None
    entered: tuple[Stage, ...] = ()
    notes: tuple[tuple[Stage, str], ...] = ()
    cautions: tuple[Caution, ...] = ()
    at_issue: tuple[QuestionAtIssue, ...] = ()
    evidence: Evidence | None = None
    votes: tuple[Vote, ...] = ()
    planned: int = 0
    tokens: int = 0
    thinking: int = 0
    answering: int = 0
    """Tokens of the runs under way."""
    claims: tuple[Claim, ...] = ()
    withheld: int = 0
    ahead: int = 0
    """Consults that were asked for earlier and have not ended, while this one is queued."""

    @property
    def steps(self) -> tuple[Step, ...]:
        order = list(STAGES)
        at = order.index(self.stage) if self.stage else -1
        notes = dict(self.notes)
        return tuple(Step(STAGES[s], self._state(s, n, at), notes.get(s, "")) for n, s in enumerate(order))

    def _state(self, stage: Stage, place: int, at: int) -> Literal["done", "now", "ahead", "skipped"]:
        if self.consult.state in (State.ADVISED, State.ABSTAINED):
            return "done" if stage in self.entered else "skipped"
        if place == at:
            return "now"
        if place > at:
            return "ahead"
        return "done" if stage in self.entered else "skipped"

    @property
    def groups(self) -> tuple[tuple[str, str, tuple[Exhibit, ...]], ...]:
        """(key, heading, exhibits): on the treatments of X alone, of Y alone, of both or neither."""
        exhibits = self.evidence.exhibits if self.evidence else ()
        by = {key: tuple(e for e in exhibits if about(e) == key) for key in ("x", "y", "neutral")}
        return (("x", "On Plan X", by["x"]), ("y", "On Plan Y", by["y"]), ("neutral", "On both, or on the patient", by["neutral"]))

    @property
    def sided(self) -> bool:
        """Whether any passage is on one plan alone."""
        return any(exhibits for key, _, exhibits in self.groups if key != "neutral")

    @property
    def orders(self) -> tuple[tuple[str, str, tuple[Vote, ...]], ...]:
        """Votes by order, with the planned ones still empty."""
        return rows_of(self.votes, self.planned)

    @property
    def done(self) -> int:
        return len(self.votes)

    @property
    def percent(self) -> int:
        """A rough share for the bar: stages count, and within the comparison the runs."""
        if not self.stage:
            return 2
        start = {Stage.CHECKING: 4, Stage.RETRIEVING: 8, Stage.PLANNING: 14, Stage.COMPARING: 22, Stage.VERIFYING: 90, Stage.CONCLUDING: 97}
        runs = 66 * self.done // max(self.planned or 4, self.done, 1) if self.stage is Stage.COMPARING else 0
        return start[self.stage] + runs

    @property
    def say(self) -> str:
        """One sentence for readers aloud."""
        if self.consult.state == State.QUEUED:
            return "The consult waits for a free place."
        if not self.stage:
            return "The consult has been taken up."
        runs = f" {self.done} of {self.planned} runs done." if self.planned and self.stage is Stage.COMPARING else ""
        return f"{STAGES[self.stage]}.{runs}"

    @property
    def since(self) -> datetime:
        return self.consult.requested_at

    @property
    def again(self) -> bool:
        """Whether this is not the first attempt."""
        return self.fence > 1


def about(exhibit: Exhibit) -> str:
    """`x` or `y` if the passage speaks of that plan's treatments alone, else `neutral`."""
    sides = set(exhibit.speaks_of)
    return sides.pop() if len(sides) == 1 else "neutral"


def rows_of(votes: tuple[Vote, ...], planned: int = 0) -> tuple[tuple[str, str, tuple[Vote, ...]], ...]:
    found = []
    for order, label in (("xy", "X read first"), ("yx", "Y read first")):
        own = [vote for vote in votes if vote.order == order]
        own += [Vote(order, "")] * max(0, planned // 2 - len(own))
        found.append((order, label, tuple(own)))
    return tuple(found)


def read(consult: Consult) -> Progress:
    """Folds the rows of the newest attempt."""
    rows = list(ConsultEvent.objects.filter(consult=consult, fence=consult.fence).defer("at").order_by("id"))
    progress = Progress(consult=consult, fence=consult.fence, last=rows[-1].pk if rows else 0, ahead=_ahead(consult))
    for row in rows:
        progress = _add(progress, row.type, row.body)
    return progress


def _ahead(consult: Consult) -> int:
    if consult.state != State.QUEUED:
        return 0
    return Consult.objects.filter(state__in=(State.QUEUED, State.RUNNING), requested_at__lt=consult.requested_at).count()


def _add(so_far: Progress, kind: str, body: dict[str, Any]) -> Progress:
    if kind == "stage":
        stage = Stage(body["stage"])
        notes = (*so_far.notes, (stage, body["note"])) if body.get("note") else so_far.notes
        return replace(so_far, stage=stage, entered=(*so_far.entered, stage), notes=notes)
    if kind == "cautions":
        found = CautionsFound.model_validate(body, extra="ignore")
        return replace(so_far, cautions=found.cautions, at_issue=found.concordance.at_issue)
    if kind == "evidence":
        return replace(so_far, evidence=Evidence.model_validate(body["evidence"], extra="ignore"))
    if kind == "run":
        return replace(so_far, votes=(*so_far.votes, Vote(body["order"], body["outcome"] or "unusable")))
    if kind == "progress":
        far = {name: body.get(name, 0) for name in ("tokens", "thinking", "answering")}
        return replace(so_far, planned=max(body["total"], body["done"]), **far)
    if kind == "claim":
        claim = Claim.model_validate(body["claim"], extra="ignore")
        return replace(so_far, claims=(*so_far.claims, claim)) if claim.supported else replace(so_far, withheld=so_far.withheld + 1)
    return so_far
