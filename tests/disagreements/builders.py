"""A disagreement of Dr Adeyemi and Dr Brandt in any of its states, made through the actions wherever an action exists."""

from __future__ import annotations

from typing import Any

from clinic.cases.models import Allergy, Case, Medication, Observation, Problem
from clinic.consults import actions as consults
from clinic.consults.lease import Lease, claim
from clinic.consults.models import Consult, ConsultEvent
from clinic.consults.worker import store
from clinic.disagreements import actions
from clinic.disagreements.models import Disagreement
from clinic.reasoning.claims import Citation, Claim, Objection
from clinic.reasoning.events import (
    CautionsFound,
    ClaimChecked,
    Concluded,
    EvidenceFound,
    Progress,
    RunFinished,
    Stage,
    StageEntered,
)
from clinic.reasoning.evidence import Evidence
from clinic.reasoning.facts import Plan, PlanItem, Side
from clinic.reasoning.outcome import Abstained, Abstention, Advice, Outcome, Stability
from clinic.reasoning.questions import Concordance
from retrieval.types import Passage
from tests.cast import user
from tests.reasoning.builders import passage

FOR_X = "Prefer apixaban to warfarin in atrial fibrillation."
BETWEEN = "Kidney function does not change this."
FOR_Y = "Warfarin remains an option with close monitoring."
SECRET = "SECRET-THOUGHT"
VERSIONS = {"model": "tiny", "model_digest": "ab" * 32, "index": "cd" * 32, "prompt": "symbols-1", "code": "0.1", "demonstration": True}
STEADY = Stability(runs=4, agree=4, orders_agree=True, votes={"supports_x": 4}, by_order={"xy": "supports_x", "yx": "supports_x"})


def apixaban(rationale: str = "Less bleeding inside the skull.") -> Plan:
    step = PlanItem(action="start", drug="apixaban", dose=5, unit="mg", route="oral", frequency="twice daily")  # type: ignore[arg-type]
    return Plan(items=(step,), rationale=rationale)


def warfarin(rationale: str = "I trust a drug that I can measure.") -> Plan:
    step = PlanItem(action="start", drug="warfarin", dose=3, unit="mg", route="oral", frequency="once daily")  # type: ignore[arg-type]
    return Plan(items=(step,), rationale=rationale)


def patient(hospital: str = "demo", number: str = "T-1", name: str = "Testcase, Ada") -> Case:
    case = Case.objects.create(hospital=hospital, number=number, name=name, sex="female", ward="Cardiology 2", text="Stable for two years.")
    Problem.objects.create(case=case, name="atrial fibrillation")
    Medication.objects.create(case=case, drug="bisoprolol", dose="5 mg once daily")
    Allergy.objects.create(case=case, substance="penicillin", reaction="anaphylaxis")
    Observation.objects.create(case=case, name="eGFR", value=38, unit="mL/min/1.73m2")
    return case


def opened(question: str = "Which anticoagulant?", time_critical: bool = False, case: Case | None = None) -> Disagreement:
    """Opened by Dr Adeyemi with Dr Brandt; Dr Adeyemi's plan is Plan X."""
    first, second = user("dr-adeyemi"), user("dr-brandt")
    row = actions.open_disagreement(case or patient(), question, first, second, by=first, time_critical=time_critical)
    Disagreement.objects.filter(pk=row.pk).update(first_is_x=True)
    row.refresh_from_db()
    return row


def revealed(x: Plan | None = None, y: Plan | None = None, **kwargs: Any) -> Disagreement:
    row = opened(**kwargs)
    actions.seal(row, x or apixaban(), 70, by=row.first)
    actions.seal(row, y or warfarin(), 85, by=row.second)
    return row


def consulting() -> tuple[Disagreement, Consult]:
    row = revealed()
    return row, actions.request_consult(row, by=row.first)


def running() -> tuple[Disagreement, Consult, Lease]:
    """Taken up, with evidence and two runs of four."""
    row, consult = consulting()
    lease = claim(consult.pk, "test")
    assert lease is not None
    compared(row, lease)
    return row, consult, lease


def compared(row: Disagreement, lease: Lease) -> Evidence:
    evidence = Evidence.of(passages())
    store(lease, StageEntered(stage=Stage.CHECKING))
    store(lease, CautionsFound(cautions=(), concordance=Concordance.model_validate(row.concordance)))
    store(lease, StageEntered(stage=Stage.RETRIEVING))
    store(lease, EvidenceFound(evidence=evidence))
    store(lease, StageEntered(stage=Stage.COMPARING))
    for number in (1, 2):
        store(lease, RunFinished(number=number, order="xy", seed=number, outcome=Outcome.SUPPORTS_X, think=SECRET, answer=SECRET))
        store(lease, Progress(done=number, total=4))
    return evidence


def passages() -> tuple[Passage, ...]:
    return (passage(FOR_X, BETWEEN, title="Atrial fibrillation"), passage(FOR_Y, label="R2", title="Atrial fibrillation"))


def claims(evidence: Evidence) -> tuple[Claim, Claim, Claim]:
    """One for X, one for Y, and one that did not pass its checks."""
    return (
        Claim(side=Side.X, direction="for", text="Apixaban is preferred.", citations=(cited(evidence, "E1.1"),)),
        Claim(side=Side.Y, direction="for", text="Warfarin can be measured.", citations=(cited(evidence, "E2.1"),)),
        Claim(side=Side.X, direction="for", text="It halves strokes.", objections=(Objection(code="number", message="No such number."),)),
    )


def cited(evidence: Evidence, sentence_id: str) -> Citation:
    found = evidence.find(sentence_id)
    assert found is not None
    exhibit, sentence = found
    p = exhibit.passage
    return Citation(
        sentence_id=sentence_id, passage_id=p.id, source=p.source, version=p.version, label=p.label,
        quote=sentence.text, start=sentence.start, end=sentence.end,
    )  # fmt: skip


def advised(outcome: Outcome = Outcome.SUPPORTS_X) -> Disagreement:
    row, consult, lease = running()
    for_x, for_y, withheld = claims(Evidence.of(passages()))
    for claim_ in (for_x, for_y, withheld):
        store(lease, ClaimChecked(claim=claim_))
    advice = Advice(
        outcome=outcome,
        stability=STEADY,
        claims=(for_x,),
        dissent=(for_y,),
        withheld=(withheld,),
        flips=("A new trial.",),
        missing=("A weight.",),
    )
    return concluded(row, lease, advice)


def abstained(reason: Abstained = Abstained.UNSTABLE) -> Disagreement:
    row, consult, lease = running()
    stability = Stability(runs=4, agree=2, orders_agree=False, votes={"supports_x": 2, "supports_y": 2})
    return concluded(row, lease, Abstention(reason=reason, stability=stability, missing=("A potassium value.",)))


def concluded(row: Disagreement, lease: Lease, conclusion: Advice | Abstention) -> Disagreement:
    store(lease, Concluded(conclusion=conclusion))
    consults.finish(lease, conclusion, VERSIONS, 12.5)
    row.refresh_from_db()
    return row


def needs_human() -> Disagreement:
    row, consult, lease = running()
    consults.fail(lease, "The model host does not answer.", retryable=False)
    row.refresh_from_db()
    return row


def events_of(consult: Consult) -> list[ConsultEvent]:
    return list(ConsultEvent.objects.filter(consult=consult).order_by("id"))


def form(*rows: dict[str, Any], act: str = "seal", confidence: Any = 70, rationale: str = "Because.") -> dict[str, Any]:
    """What the browser posts for an opinion."""
    data: dict[str, Any] = {
        "act": act,
        "confidence": confidence,
        "rationale": rationale,
        "items-TOTAL_FORMS": len(rows),
        "items-INITIAL_FORMS": 0,
    }
    for place, row in enumerate(rows):
        data |= {f"items-{place}-{name}": value for name, value in row.items()}
    return data


APIXABAN = {"action": "start", "drug": "apixaban", "dose": "5", "unit": "mg", "route": "oral", "frequency": "twice daily"}
WARFARIN = {"action": "start", "drug": "warfarin", "dose": "3", "unit": "mg", "route": "oral", "frequency": "once daily"}
