"""From a panel's runs and their checked claims to Advice or an Abstention. Every rule that forbids a side is in `objection`."""

from __future__ import annotations

from collections.abc import Sequence

from clinic.reasoning.arbitration import second_reader
from clinic.reasoning.arbitration.second_reader import Reading
from clinic.reasoning.claims import Claim
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Side
from clinic.reasoning.outcome import Abstained, Abstention, Advice, Outcome, Stability
from clinic.reasoning.safety.finding import Caution
from retrieval.types import Severity, UnitKind

STABLE = 0.8
SUPPORTED = 0.5
"""Least share of the panel's distinct claims that passed their checks."""


def conclude(
    lead: Outcome | None,
    stability: Stability,
    claims: Sequence[Claim],
    cautions: Sequence[Caution],
    evidence: Evidence,
    missing: Sequence[str] = (),
    read: Sequence[Reading] | None = None,
) -> Advice | Abstention:
    """`claims`: the distinct claims of the runs that voted with the lead, and of the dissenting ones, all checked. `read`: what the
    recommendations say by rules; None where no second reader was at hand, and then it has no say."""
    good = tuple(c for c in claims if c.supported)
    withheld = tuple(c for c in claims if not c.supported)
    reason = objection(lead, stability, good, withheld, cautions, evidence, read)
    if reason or lead is None:
        return Abstention(
            reason=reason or Abstained.UNSTABLE,
            outcome=lead if lead and not lead.publishable else Outcome.INSUFFICIENT_EVIDENCE,
            stability=stability,
            claims=good,
            withheld=withheld,
            missing=tuple(missing) or _missing(reason, evidence),
            leaning=lead,
        )
    carrying = tuple(c for c in good if _carries(c, lead))
    return Advice(
        outcome=lead,
        stability=stability,
        claims=carrying,
        withheld=withheld,
        dissent=tuple(c for c in good if c not in carrying),
        flips=flips(lead, carrying, cautions),
        missing=tuple(missing),
    )


def objection(
    lead: Outcome | None,
    stability: Stability,
    good: Sequence[Claim],
    withheld: Sequence[Claim],
    cautions: Sequence[Caution],
    evidence: Evidence,
    read: Sequence[Reading] | None = None,
) -> Abstained | None:
    """The first rule that forbids publishing, or None."""
    if not evidence.exhibits:
        return Abstained.NO_EVIDENCE
    if lead is None or stability.share < STABLE or not stability.orders_agree:
        return Abstained.UNSTABLE
    if not lead.publishable:
        return Abstained.NEED_DATA if lead is Outcome.NEED_DATA else Abstained.INSUFFICIENT_EVIDENCE
    carrying = [c for c in good if _carries(c, lead)]
    if not carrying or len(good) < SUPPORTED * (len(good) + len(withheld)):
        return Abstained.UNSUPPORTED
    high = {c.plan for c in cautions if c.severity is Severity.HIGH}
    if lead.side in high or (lead is Outcome.BOTH_ACCEPTABLE and high):
        return Abstained.CAUTION
    if not any(recommendation_grade(c, evidence) for c in carrying):
        return Abstained.NO_RECOMMENDATION
    if read is not None and second_reader.contradicts(lead, read, cautions):
        return Abstained.CONTRADICTED
    foreign = any(recommendation_grade(c, evidence, "en") is not recommendation_grade(c, evidence) for c in carrying)
    if read is not None and not foreign and not second_reader.carries(lead, read, cautions):
        return Abstained.NO_RECOMMENDATION
    return None


def recommendation_grade(claim: Claim, evidence: Evidence, language: str = "") -> bool:
    """A recommendation of a guideline, or a safety finding of the Formulary (label grade), carries the claim; in this language, if one is given."""
    found = [hit[0].passage for citation in claim.citations if (hit := evidence.find(citation.sentence_id))]
    return any(
        (p.kind is UnitKind.RECOMMENDATION or p.organisation == "Formulary") and (not language or p.language == language) for p in found
    )


def _carries(claim: Claim, lead: Outcome) -> bool:
    if lead.side:
        return claim.favours is lead.side
    if lead is Outcome.BOTH_ACCEPTABLE:
        return claim.direction == "for"
    if lead is Outcome.NEITHER:
        return claim.direction == "against"
    return True


def flips(lead: Outcome, carrying: Sequence[Claim], cautions: Sequence[Caution]) -> tuple[str, ...]:
    """What would change the answer: the sources it rests on falling away, and new findings against the side."""
    found = [f"{c.citations[0].source} {c.citations[0].label}".strip() for c in carrying if c.citations]
    lines = [f"A newer version or withdrawal of {name}." for name in dict.fromkeys(found)]
    if lead.side:
        lines.append(f"A contraindication to Plan {lead.side.upper()} that is not recorded yet.")
        if any(c.plan is lead.side.other and c.severity is Severity.HIGH for c in cautions):
            lines.append(
                f"Proof that the safety finding against Plan {lead.side.other.upper()} does not hold (tolerated since, value repeated)."
            )
    moderate = [c for c in cautions if lead.side and c.plan is Side(lead.side) and c.severity is Severity.MODERATE]
    lines += [f"Worsening of: {c.text}" for c in moderate]
    return tuple(lines)


def _missing(reason: Abstained | None, evidence: Evidence) -> tuple[str, ...]:
    if reason in (Abstained.NO_EVIDENCE, Abstained.INSUFFICIENT_EVIDENCE, Abstained.NO_RECOMMENDATION):
        return ("A recommendation-grade source that decides the question at issue.",)
    if reason is Abstained.UNSTABLE and evidence.exhibits:
        return ("A sentence in the evidence that separates the plans clearly.",)
    return ()
