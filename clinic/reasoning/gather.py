"""From questions at issue to evidence: equal searches for both sides, a relevance filter that drops, and an order.

Order and balance follow ClinicBot (arXiv 2605.00846): recommendation, table, drug-efficacy record, definition, narrative.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from clinic.reasoning.evidence import Evidence, Exhibit
from clinic.reasoning.facts import Dispute, Plan, Side
from clinic.reasoning.population import Fit, fits, read
from clinic.reasoning.questions import QuestionAtIssue
from clinic.reasoning.repeats import Repeats
from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.tools import Search
from retrieval.types import Formulary, Glossary, Passage, Sentence, Severity, UnitKind

PER_QUERY = 10
MOST = 8
"""Exhibits that reach the model: few and relevant beats many (arXiv 2511.06738)."""
KINDS = list(UnitKind)


def queries(dispute: Dispute, points: Sequence[QuestionAtIssue]) -> list[str]:
    """One search for the whole dispute; for each question at issue one for X, one for Y and a neutral one; one against each plan."""
    problems = ", ".join(p.name for p in dispute.case.problems[:4])
    found = [f"{dispute.question} {_subjects(dispute.x)}, {_subjects(dispute.y)} {problems}", f"{dispute.question} {problems}"]
    for point in points:
        found += [f"{point.x or point.text} for {problems}", f"{point.y or point.text} for {problems}", f"{point.text} {problems}"]
    found += [f"{_subjects(dispute.plan(side))} contraindicated or not recommended {_state(dispute)}" for side in Side]
    return found


def gather(dispute: Dispute, points: Sequence[QuestionAtIssue], search: Search, formulary: Formulary, glossary: Glossary) -> Evidence:
    """The evidence brief, numbered. Passages about none of the patient's problems or the plans' subjects are dropped, and those for
    patients of another age, sex or state of pregnancy; of what says the same one stays.

    A passage counts by the query that it answers best: what is a little near to every query (the patient's other illnesses) would
    otherwise outrun what answers one of them.
    """
    pool: dict[str, tuple[Passage, float]] = {}
    for query in queries(dispute, points):
        for hit in search(query, PER_QUERY):
            _, best = pool.get(hit.passage.id, (hit.passage, 0.0))
            pool[hit.passage.id] = (hit.passage, max(best, hit.score))
    subject = _Subject(dispute, formulary, glossary)
    weight = {p.id: subject.relevance(p, score) for p, score in pool.values()}
    match = {p.id: fits(read(p), dispute.case, dispute.question) for p, _ in pool.values() if weight[p.id] > 0}
    ranked = [p for p, _ in pool.values() if match.get(p.id, Fit.DOES_NOT_FIT) is not Fit.DOES_NOT_FIT]
    ranked.sort(key=lambda p: p.id)
    ranked.sort(key=lambda p: (weight[p.id], match[p.id] is Fit.FITS, p.effective), reverse=True)
    repeats = Repeats(formulary, glossary, f"{dispute.question} {dispute.case.text}")
    distinct = repeats.once(ranked)
    kept = repeats.newer_first(sorted(distinct[:MOST], key=lambda p: KINDS.index(p.kind)))
    return Evidence(
        exhibits=tuple(Exhibit(number=n, passage=p, speaks_of=subject.sides(p)) for n, p in enumerate(kept, 1)),
        dropped=len(pool) - len(kept),
        elsewhere=len(match) - len(ranked),
        repeated=len(ranked) - len(distinct),
    )


def with_cautions(evidence: Evidence, cautions: Sequence[Caution]) -> Evidence:
    """The evidence with the Formulary's findings as its last exhibits, so that a claim may rest on them by number."""
    extra: list[Exhibit] = []
    for caution in cautions:
        if caution.severity is Severity.LOW or any(e.passage.text == caution.text for e in extra):
            continue
        extra.append(Exhibit(number=len(evidence.exhibits) + len(extra) + 1, passage=_as_passage(caution), speaks_of=(caution.plan,)))
    return evidence.model_copy(update={"exhibits": (*evidence.exhibits, *extra)})


def _as_passage(caution: Caution) -> Passage:
    text = caution.text
    return Passage(
        id=sha256(f"caution\0{caution.code}\0{text}".encode()).hexdigest()[:16],
        source=f"drug:{caution.drugs[0]}",
        version="1",
        organisation="Formulary",
        title=f"Safety finding: {caution.code}",
        effective="",
        language="en",
        section=("Safety",),
        kind=UnitKind.TABLE,
        text=text,
        sentences=(Sentence(text=text, start=0, end=len(text)),),
        start=0,
        end=len(text),
        reference=caution.source,
    )


class _Subject:
    """What the dispute is about, and how far a passage is about it."""

    def __init__(self, dispute: Dispute, formulary: Formulary, glossary: Glossary) -> None:
        self.formulary, self.glossary = formulary, glossary
        self.drugs = {r.name for i in (*dispute.x.items, *dispute.y.items) if i.drug and (r := formulary.find(i.drug))}
        self.unknown = {i.drug.casefold() for i in (*dispute.x.items, *dispute.y.items) if i.drug and not formulary.find(i.drug)}
        self.classes = {c for name in self.drugs if (r := formulary.find(name)) for c in (r.drug_class, *r.classes)}
        texts = [p.name for p in dispute.case.problems] + [dispute.question]
        self.conditions = {glossary.canonical(p.name) for p in dispute.case.problems}
        self.conditions |= {term for text in texts for _, _, term in glossary.mentioned(text)}
        self.asked = {term for _, _, term in glossary.mentioned(dispute.question)} & self.conditions
        if not self.asked and dispute.case.problems:
            first = dispute.case.problems[0].name
            self.asked = {glossary.canonical(first), *(term for _, _, term in glossary.mentioned(first))}
        if dispute.case.pregnant:
            self.conditions.add("pregnancy")
        steps = " ".join(i.text for i in (*dispute.x.items, *dispute.y.items))
        self.steps = {term for _, _, term in glossary.mentioned(steps)}
        self.own = {side: self._treatments(dispute.plan(side)) for side in Side}

    def _treatments(self, plan: Plan) -> set[str]:
        """Names of what a plan does: drugs with their classes, and terms of its other steps."""
        records = [r for i in plan.items if i.drug and (r := self.formulary.find(i.drug))]
        unknown = {i.drug for i in plan.items if i.drug and not self.formulary.find(i.drug)}
        steps = {term for i in plan.items for _, _, term in self.glossary.mentioned(i.text)}
        return {name for r in records for name in (r.name, r.drug_class, *r.classes)} | unknown | steps

    def sides(self, passage: Passage) -> tuple[Side, ...]:
        """The plans whose own treatments the passage names, by drug, class or procedure."""
        named = {name for _, _, name in self.formulary.mentioned(passage.text)}
        named |= {term for _, _, term in self.glossary.mentioned(passage.text)}
        folded = passage.text.casefold()
        own = {side: self.own[side] - self.own[side.other] for side in Side}
        return tuple(side for side in Side if any(one in named or one.casefold() in folded for one in own[side]))

    def relevance(self, passage: Passage, score: float) -> float:
        """0 = not relevant. A passage must touch a problem of the patient, and either a treatment of the plans or what is asked about:
        the conditions named in the question, or else the first problem."""
        named = {name for _, _, name in self.formulary.mentioned(passage.text)}
        terms = {term for _, _, term in self.glossary.mentioned(passage.text)}
        topic = {self.glossary.canonical(c) for c in passage.conditions} | terms
        folded = passage.text.casefold()
        drugs = (
            len(named & self.drugs)
            + sum(1 for d in self.unknown if d in folded)
            + 0.5 * sum(1 for c in self.classes if c.casefold() in folded)
        )
        steps = len(terms & self.steps)
        about = len(topic & self.conditions)
        if not about or not (drugs or steps or topic & self.asked):
            return 0.0
        weight = {
            UnitKind.RECOMMENDATION: 1.3,
            UnitKind.TABLE: 1.0,
            UnitKind.EFFICACY: 0.9,
            UnitKind.NARRATIVE: 0.7,
            UnitKind.DEFINITION: 0.5,
        }
        return score * weight[passage.kind] * (1 + 0.6 * min(drugs, 2) + 0.5 * min(steps, 2) + 0.2 * min(about, 3))


def _subjects(plan: Plan) -> str:
    return ", ".join(i.drug or i.text for i in plan.items)


def _state(dispute: Dispute) -> str:
    case = dispute.case
    words = ["in pregnancy"] if case.pregnant else []
    words += [f"with {p.name}" for p in case.problems[:3]]
    return " ".join(words)
