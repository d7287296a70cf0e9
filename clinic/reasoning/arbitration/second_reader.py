"""The second reader: what recommendations plainly say, read by rules, set against what the panel concluded. It withholds and never advises.

It reads recommendations of guidelines and the Formulary's findings that apply to this patient, in English. Published is only what at least
one of them carries and none contradicts, whichever model spoke.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType

from clinic.reasoning.arbitration.delexicalise import symbolised
from clinic.reasoning.arbitration.direction import Says, read
from clinic.reasoning.claims import Claim, Objection
from clinic.reasoning.evidence import Evidence, Exhibit
from clinic.reasoning.facts import Dispute, Side
from clinic.reasoning.outcome import Outcome
from clinic.reasoning.safety.finding import Caution
from retrieval.types import Formulary, Glossary, Severity, Strength, UnitKind

BARRED, STRONG, WEAK = 4, 3, 2


@dataclass(frozen=True, slots=True)
class Reading:
    """What one sentence plainly says, and the weight of where it stands."""

    sentence: str
    level: int
    says: Says


def readings(dispute: Dispute, evidence: Evidence, formulary: Formulary, glossary: Glossary, dialect: ModuleType) -> tuple[Reading, ...]:
    """Every sentence of recommendation grade that the rules can read, in the order of the evidence."""
    return tuple(
        Reading(sentence, level, says)
        for exhibit, texts in symbolised(dispute, evidence, formulary, glossary, dialect)
        if (level := _level(exhibit))
        for text, sentence in texts
        if (says := read(text))
    )


def _level(exhibit: Exhibit) -> int:
    passage = exhibit.passage
    if passage.organisation == "Formulary":
        return STRONG
    if passage.kind is not UnitKind.RECOMMENDATION:
        return 0
    return STRONG if passage.strength is Strength.STRONG else WEAK


def otherwise(claim: Claim, found: Sequence[Reading]) -> Objection | None:
    """The objection to a claim all of whose sentences plainly say something else, or None."""
    own = [[r.says for r in found if r.sentence == citation.sentence_id] for citation in claim.citations]
    if not own or not all(own):
        return None
    wanted, other = ("favours", "opposes") if claim.direction == "for" else ("opposes", "favours")
    if any(claim.side in getattr(says, wanted) for one in own for says in one):
        return None
    if any(claim.side in getattr(says, other) for one in own for says in one):
        return Objection(code="read_otherwise", message="Read by rules, the cited sentence says the opposite of this plan.")
    return None


def contradicts(lead: Outcome, found: Sequence[Reading], cautions: Sequence[Caution]) -> bool:
    """Whether a plain recommendation speaks against what the panel concluded."""
    scale = _Scale(found, cautions)
    if side := lead.side:
        other = side.other
        separated = scale.against[other] or scale.over(side)
        if scale.against[side] >= max(scale.favour[side], 1) or (scale.over(other) and not scale.over(side)):
            return True
        if scale.either and not separated:
            return True
        return scale.favour[other] > scale.favour[side] and not separated
    if lead is Outcome.BOTH_ACCEPTABLE:
        return any(scale.against[side] or scale.over(side) for side in Side)
    if lead is Outcome.NEITHER:
        return any(scale.favour[side] > scale.against[side] for side in Side)
    return False


def carries(lead: Outcome, found: Sequence[Reading], cautions: Sequence[Caution]) -> bool:
    """Whether a plain recommendation, or a high safety finding, says what the panel concluded."""
    scale = _Scale(found, cautions)
    if lead.side:
        return bool(scale.favour[lead.side] or scale.against[lead.side.other])
    if lead is Outcome.BOTH_ACCEPTABLE:
        return all(scale.favour[side] for side in Side)
    return lead is Outcome.NEITHER and all(scale.against[side] for side in Side)


class _Scale:
    """The highest weight of what speaks for and against each plan; 0 = nothing."""

    def __init__(self, found: Sequence[Reading], cautions: Sequence[Caution]) -> None:
        self.found = found
        self.favour = {side: max((r.level for r in found if side in r.says.favours), default=0) for side in Side}
        self.against = {side: max((r.level for r in found if side in r.says.opposes), default=0) for side in Side}
        for caution in cautions:
            if caution.severity is Severity.HIGH:
                self.against[caution.plan] = BARRED

    @property
    def either(self) -> bool:
        """A recommendation names both as options."""
        return any(len(r.says.favours) == len(Side) for r in self.found)

    def over(self, side: Side) -> bool:
        return any(r.says.over is side for r in self.found)
