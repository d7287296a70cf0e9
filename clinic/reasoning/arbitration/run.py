"""Arbitration: the consult in which a third reader weighs each point on which two opinions differ. A pure generator of events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from clinic.reasoning import checks, safety
from clinic.reasoning.arbitration import blind_plan, plain, second_reader, symbols
from clinic.reasoning.arbitration.answer import Answer
from clinic.reasoning.arbitration.conclude import conclude
from clinic.reasoning.arbitration.panel import Run, read_both_ways, stability
from clinic.reasoning.blind import blinded
from clinic.reasoning.claims import Claim
from clinic.reasoning.conditions import recorded
from clinic.reasoning.events import (
    CautionsFound,
    ClaimChecked,
    Concluded,
    Event,
    EvidenceFound,
    PlanWritten,
    Stage,
    StageEntered,
)
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Dispute
from clinic.reasoning.gather import gather, with_cautions
from clinic.reasoning.outcome import Abstained, Abstention, Outcome, Stability
from clinic.reasoning.questions import compare
from clinic.reasoning.tools import Tools
from clinic.reasoning.values import Value
from retrieval.types import Passage

PROMPTS = {"plain": plain.ask, "symbols": symbols.ask}
"""How a model is asked, by the dialect its card names."""


class Brief(Value):
    """What an arbitration is about. `names`: people whose names must not reach the model. `passages`: use these, search nothing."""

    dispute: Dispute
    seed: int = 1
    client: str = ""
    names: tuple[str, ...] = ()
    time_critical: bool = False
    passages: tuple[Passage, ...] | None = None


def run(brief: Brief, tools: Tools) -> Iterator[Event]:
    """Events of one arbitration, in the order of `Stage`, ending with exactly one Concluded."""
    yield StageEntered(stage=Stage.CHECKING)
    dispute, removed = blinded(brief.dispute, brief.names)
    concordance = compare(dispute.x, dispute.y, lambda drug: r.name if (r := tools.formulary.find(drug)) else drug.casefold().strip())
    cautions = safety.cautions(dispute, tools.formulary, tools.glossary)
    yield CautionsFound(cautions=cautions, concordance=concordance)
    if brief.time_critical:
        yield Concluded(conclusion=Abstention(reason=Abstained.TIME_CRITICAL, stability=Stability(runs=0, agree=0, orders_agree=False)))
        return

    yield StageEntered(stage=Stage.RETRIEVING, note=f"{removed} authority cues removed" if removed else "")
    if brief.passages is None:
        evidence = gather(dispute, concordance.at_issue, tools.search, tools.formulary, tools.glossary)
        evidence = evidence.model_copy(update={"index_digest": tools.index_digest})
    else:
        evidence = Evidence.of(brief.passages)
    evidence = with_cautions(evidence, cautions)
    yield EvidenceFound(evidence=evidence)
    if not evidence.exhibits:
        yield Concluded(conclusion=conclude(None, Stability(runs=0, agree=0, orders_agree=False), (), cautions, evidence))
        return

    dialect = tools.engine.identity().dialect
    if dialect == "plain":
        yield StageEntered(stage=Stage.PLANNING)
        yield PlanWritten(text=blind_plan.write(dispute, evidence, tools, brief.seed, brief.client))

    yield StageEntered(stage=Stage.COMPARING)
    runs: list[Run] = []
    asking = partial(PROMPTS[dialect], tools=tools)
    for step in read_both_ways(dispute, evidence, asking, tools.engine, brief.seed, brief.client, tools.clock):
        if isinstance(step, Run):
            runs.append(step)
            yield step.finished
        else:
            yield step

    yield StageEntered(stage=Stage.VERIFYING)
    lead, steady = stability(runs)
    has = recorded(dispute.case, tools.glossary, dispute.question)
    checked: list[Claim] = []
    read = second_reader.readings(dispute, evidence, tools.formulary, tools.glossary, tools.dialect) if tools.dialect else None
    for claim in verified([r.answer for r in runs if r.answer], lead, evidence, tools, has):
        if opposite := second_reader.otherwise(claim, read or ()):
            claim = claim.model_copy(update={"objections": (*claim.objections, opposite)})
        checked.append(claim)
        yield ClaimChecked(claim=claim)

    yield StageEntered(stage=Stage.CONCLUDING)
    missing = tuple(dict.fromkeys(m for r in runs if r.answer and r.answer.outcome is lead for m in r.answer.missing))
    yield Concluded(conclusion=conclude(lead, steady, checked, cautions, evidence, missing, read))


def verified(
    answers: Sequence[Answer], lead: Outcome | None, evidence: Evidence, tools: Tools, has: frozenset[str] | None = None
) -> Iterator[Claim]:
    """The distinct statements of the panel, those of runs that voted with the lead first, each checked once."""
    seen: set[tuple[str, str, tuple[str, ...]]] = set()
    for answer in sorted(answers, key=lambda one: one.outcome is not lead):
        for s in answer.statements:
            key = (s.side, s.direction, tuple(sorted(s.cites)))
            if key not in seen:
                seen.add(key)
                claim = Claim(side=s.side, direction=s.direction, text=s.text)
                yield checks.verify(claim, s.cites, evidence, tools.formulary, tools.glossary, has)
