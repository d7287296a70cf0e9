"""What a consult yields while it runs. One type each; the same value is streamed, stored and shown."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from clinic.reasoning.claims import Claim
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.outcome import Conclusion, Outcome
from clinic.reasoning.questions import Concordance
from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.values import Value


class Stage(StrEnum):
    """The stages of a consult in their order."""

    CHECKING = "checking"
    RETRIEVING = "retrieving"
    PLANNING = "planning"
    COMPARING = "comparing"
    VERIFYING = "verifying"
    CONCLUDING = "concluding"


class StageEntered(Value):
    type: Literal["stage"] = "stage"
    stage: Stage
    note: str = ""


class CautionsFound(Value):
    type: Literal["cautions"] = "cautions"
    cautions: tuple[Caution, ...]
    concordance: Concordance


class EvidenceFound(Value):
    type: Literal["evidence"] = "evidence"
    evidence: Evidence


class PlanWritten(Value):
    """The model's own plan, written without sight of the opinions."""

    type: Literal["blind_plan"] = "blind_plan"
    text: str


class RunFinished(Value):
    """One run of the panel. `outcome` is in terms of the plans as first placed; None: the answer could not be used."""

    type: Literal["run"] = "run"
    number: int
    order: Literal["xy", "yx"]
    seed: int
    outcome: Outcome | None
    think: str = ""
    """For auditors with a reason only; never streamed to a page."""
    answer: str = ""
    prompt_tokens: int = 0
    tokens: int = 0
    missing: tuple[str, ...] = ()
    fault: str = ""


class Progress(Value):
    """How far the panel is, for a bar: `done` of `total` runs, tokens written in them. Of the runs under way the tokens so far."""

    type: Literal["progress"] = "progress"
    done: int
    total: int
    tokens: int = 0
    thinking: int = 0
    answering: int = 0


class ClaimChecked(Value):
    type: Literal["claim"] = "claim"
    claim: Claim


class Concluded(Value):
    type: Literal["conclusion"] = "conclusion"
    conclusion: Conclusion


Event = Annotated[
    StageEntered | CautionsFound | EvidenceFound | PlanWritten | RunFinished | Progress | ClaimChecked | Concluded,
    Field(discriminator="type"),
]
EVENT: TypeAdapter[Any] = TypeAdapter(Event)


def parse(text: str | bytes) -> Event:
    """An event from its JSON."""
    event: Event = EVENT.validate_json(text)
    return event
