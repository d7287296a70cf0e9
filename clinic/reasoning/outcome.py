"""The two possible ends of a consult: Advice, or an Abstention that says what is missing."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from clinic.reasoning.claims import Claim
from clinic.reasoning.facts import Side
from clinic.reasoning.values import Value


class Outcome(StrEnum):
    """What a run or a panel concludes."""

    SUPPORTS_X = "supports_x"
    SUPPORTS_Y = "supports_y"
    BOTH_ACCEPTABLE = "both_acceptable"
    NEITHER = "neither"
    HYBRID = "hybrid"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    NEED_DATA = "need_data"

    @property
    def side(self) -> Side | None:
        return {Outcome.SUPPORTS_X: Side.X, Outcome.SUPPORTS_Y: Side.Y}.get(self)

    @property
    def publishable(self) -> bool:
        """Whether it may become Advice."""
        return self not in (Outcome.INSUFFICIENT_EVIDENCE, Outcome.NEED_DATA)

    def swapped(self) -> Outcome:
        """The same conclusion when the plans change places."""
        return {Outcome.SUPPORTS_X: Outcome.SUPPORTS_Y, Outcome.SUPPORTS_Y: Outcome.SUPPORTS_X}.get(self, self)


class Stability(Value):
    """How the panel voted. `orders_agree`: the leading outcome leads in both orders of the plans."""

    runs: int
    agree: int
    orders_agree: bool
    votes: dict[str, int] = {}
    """Runs by outcome."""
    by_order: dict[str, str] = {}
    """The leading outcome of each order: `xy`, `yx`."""
    failed: int = 0
    """Runs whose answer could not be used."""

    @property
    def share(self) -> float:
        return self.agree / self.runs if self.runs else 0.0


class Abstained(StrEnum):
    """Why no side is published."""

    NO_EVIDENCE = "no_evidence"
    INSUFFICIENT_EVIDENCE = "insufficient_evidence"
    NEED_DATA = "need_data"
    UNSTABLE = "unstable"
    UNSUPPORTED = "unsupported"
    CAUTION = "caution"
    NO_RECOMMENDATION = "no_recommendation"
    CONTRADICTED = "contradicted"
    TIME_CRITICAL = "time_critical"


REASONS = {
    Abstained.NO_EVIDENCE: "The library holds no passage on the questions at issue.",
    Abstained.INSUFFICIENT_EVIDENCE: "The evidence at hand does not decide between the plans.",
    Abstained.NEED_DATA: "The answer depends on a fact of the patient that is not recorded.",
    Abstained.UNSTABLE: "The answer changed between repeated readings or when the plans changed places.",
    Abstained.UNSUPPORTED: "Too few of the statements passed their checks against the cited sentences.",
    Abstained.CAUTION: "A high safety finding stands against the side the evidence favours.",
    Abstained.NO_RECOMMENDATION: "No recommendation-grade source plainly carries the answer.",
    Abstained.CONTRADICTED: "A recommendation in the evidence plainly says otherwise.",
    Abstained.TIME_CRITICAL: "Time-critical: call the senior on duty. Only the safety checks were made.",
}


class Advice(Value):
    """A side the evidence carries, with its stability and everything a doctor needs to doubt it."""

    type: Literal["advice"] = "advice"
    outcome: Outcome
    stability: Stability
    claims: tuple[Claim, ...]
    withheld: tuple[Claim, ...] = ()
    flips: tuple[str, ...] = ()
    """What would change this."""
    missing: tuple[str, ...] = ()
    dissent: tuple[Claim, ...] = ()
    """Supported claims that speak for the other side."""


class Abstention(Value):
    """No side is published. `leaning` is what most runs said, for the auditor, not for care."""

    type: Literal["abstention"] = "abstention"
    reason: Abstained
    outcome: Outcome = Outcome.INSUFFICIENT_EVIDENCE
    stability: Stability
    claims: tuple[Claim, ...] = ()
    withheld: tuple[Claim, ...] = ()
    missing: tuple[str, ...] = ()
    leaning: Outcome | None = None


Conclusion = Annotated[Advice | Abstention, Field(discriminator="type")]
