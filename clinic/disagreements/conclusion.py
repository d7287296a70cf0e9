"""The one page of a consult that has ended: Advice or Abstention, everything it rests on, everything that speaks against it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

from clinic import wiring
from clinic.consults.models import Consult
from clinic.consults.progress import Progress, Vote, read, rows_of
from clinic.consults.recall import cited
from clinic.disagreements.citing import Issue, Shown, issues, shown
from clinic.disagreements.words import HEADLINES, MEANS, NEXT, VOTES
from clinic.knowledge import standing
from clinic.knowledge.models import SourceVersion
from clinic.reasoning.arbitration.conclude import STABLE
from clinic.reasoning.claims import Claim
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Side
from clinic.reasoning.outcome import REASONS, Advice, Conclusion, Stability
from clinic.reasoning.questions import Concordance

CONCLUSION: TypeAdapter[Any] = TypeAdapter(Conclusion)

# A model of the symbols dialect has a think format of its own: the effort has no effect on it, and is not shown.
VERSIONS = {
    "model": "Model", "model_digest": "Model digest", "engine": "Engine", "template": "Template", "dialect": "Dialect", "effort": "Effort",
    "prompt": "Prompt",
    "index": "Index of the library", "formulary": "Formulary", "seed": "Seed", "code": "Software",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """What an ended consult says, ready for the page."""

    consult: Consult
    advises: bool
    side: Side | None
    headline: str
    meaning: str
    todo: str
    stability: Stability
    stable: str
    orders: tuple[tuple[str, str, tuple[Vote, ...]], ...]
    votes: tuple[tuple[str, int], ...]
    issues: tuple[Issue, ...]
    carrying: tuple[Shown, ...]
    dissent: tuple[Shown, ...]
    withheld: tuple[Claim, ...]
    flips: tuple[str, ...]
    missing: tuple[str, ...]
    progress: Progress
    versions: tuple[tuple[str, str], ...]
    demonstration: bool
    seconds: float
    outdated: tuple[SourceVersion, ...]
    """Versions it cites that were withdrawn or superseded since."""


def ended(consult: Consult, concordance: Concordance) -> Ended:
    """Reads the outcome and the evidence of the attempt that gave it."""
    outcome = consult.outcome
    said = CONCLUSION.validate_python(outcome.conclusion, extra="ignore")
    progress = read(consult)
    evidence = progress.evidence or Evidence()
    advises = isinstance(said, Advice)
    dissent = said.dissent if advises else ()
    return Ended(
        consult=consult,
        advises=advises,
        side=said.outcome.side if advises else None,
        headline=HEADLINES[said.outcome] if advises else "The consult abstains",
        meaning=MEANS.get(said.outcome, "") if advises else REASONS[said.reason],
        todo="" if advises else NEXT[said.reason],
        stability=said.stability,
        stable=stable(said.stability),
        orders=rows_of(progress.votes),
        votes=tuple((VOTES.get(name, name), count) for name, count in said.stability.votes.items()),
        issues=issues(concordance.at_issue, (*said.claims, *dissent), evidence, _drugs_in),
        carrying=tuple(shown(c, evidence) for c in said.claims),
        dissent=tuple(shown(c, evidence) for c in dissent),
        withheld=said.withheld,
        flips=said.flips if advises else (),
        missing=said.missing,
        progress=progress,
        versions=tuple(
            (label, str(outcome.versions[key]))
            for key, label in VERSIONS.items()
            if outcome.versions.get(key) not in (None, "") and not (key == "effort" and outcome.versions.get("dialect") == "symbols")
        ),
        demonstration=bool(outcome.versions.get("demonstration")),
        seconds=outcome.seconds,
        outdated=tuple(standing.ended_among(cited(outcome.conclusion))),
    )


def stable(stability: Stability) -> str:
    """`4 of 4 runs, both orders`."""
    if not stability.runs:
        return "No run was made"
    orders = "both orders" if stability.orders_agree else "the two orders differ"
    failed = f", {stability.failed} not usable" if stability.failed else ""
    return f"{stability.agree} of {stability.runs} runs, {orders}{failed}"


def needed() -> str:
    """The rule beside the figure, so that nobody has to know it."""
    return f"Advice needs {STABLE:.0%} of the runs and the same side in both orders."


def _drugs_in(text: str) -> set[str]:
    return {name for _, _, name in wiring.formulary().mentioned(text)}
