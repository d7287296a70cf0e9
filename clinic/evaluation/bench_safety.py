"""How long the safety checks of a long prescription take, and how often they speak: alert fatigue is a measured harm."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from clinic import wiring
from clinic.evaluation.statistics import bootstrap, wilson
from clinic.reasoning.facts import Action, CaseSnapshot, Dispute, Medication, Observation, Plan, PlanItem, Problem, Side
from clinic.reasoning.safety import cautions
from clinic.reasoning.safety.finding import Caution
from retrieval.types import Severity

REGIMEN: tuple[tuple[str, ...], ...] = (
    ("ramipril", "enalapril", "lisinopril", "perindopril", "losartan", "candesartan", "valsartan"),
    ("bisoprolol", "metoprolol", "carvedilol", "atenolol"),
    ("amlodipine", "furosemide", "torasemide", "hydrochlorothiazide", "indapamide", "chlortalidone"),
    ("atorvastatin", "rosuvastatin", "simvastatin"),
    ("apixaban", "rivaroxaban", "edoxaban", "warfarin", "clopidogrel", "aspirin"),
    ("metformin", "empagliflozin", "dapagliflozin"),
    ("sitagliptin", "linagliptin", "gliclazide", "insulin glargine", "semaglutide"),
    ("omeprazole", "pantoprazole", "esomeprazole", "famotidine"),
    ("levothyroxine", "allopurinol", "alendronic acid", "colecalciferol", "calcium carbonate", "ferrous sulfate"),
    ("sertraline", "escitalopram", "mirtazapine", "amitriptyline", "quetiapine"),
    ("paracetamol", "naproxen", "tramadol", "ibuprofen", "celecoxib"),
    ("salbutamol", "tiotropium", "formoterol", "budesonide", "montelukast"),
)
"""Twelve slots of long-term care in multimorbidity; a plan draws one drug from each."""


def safety12(plans: int = 200, seed: int = 1) -> dict[str, Any]:
    """Milliseconds and findings for plans of twelve drugs; the other plan of each dispute gives nothing and costs next to nothing."""
    book, terms, draw = wiring.formulary(), wiring.glossary(), random.Random(seed)
    taken: list[float] = []
    whole: list[Counter[str]] = []
    added: list[Counter[str]] = []
    cautions(prescription([slot[0] for slot in REGIMEN]), book, terms)  # compiles patterns
    for _ in range(plans):
        drugs = [draw.choice(slot) for slot in REGIMEN]
        started = time.perf_counter()
        said = cautions(prescription(drugs), book, terms)
        taken.append(1000 * (time.perf_counter() - started))
        whole.append(_severities(said))
        new = draw.choice(drugs)
        added.append(_severities(cautions(prescription([new], [one for one in drugs if one != new]), book, terms)))
    taken.sort()
    return {
        "plans": plans,
        "drugs": len(REGIMEN),
        "ms": round(taken[len(taken) // 2], 2),
        "ms_p95": round(taken[int(0.95 * len(taken))], 2),
        "ms_most": round(taken[-1], 2),
        "whole_plan": _alerts(whole),
        "one_new_drug": _alerts(added),
    }


def _severities(said: tuple[Caution, ...]) -> Counter[str]:
    return Counter(str(one.severity) for one in said if one.plan is Side.X)


def _alerts(found: list[Counter[str]]) -> dict[str, Any]:
    """Findings a plan by severity, and the share of plans and of findings that interrupt."""
    return {
        **{str(severity): bootstrap([one[str(severity)] for one in found]) for severity in Severity},
        "plans_interrupted": wilson(sum(one["high"] > 0 for one in found), len(found)),
        "findings_that_interrupt": wilson(sum(one["high"] for one in found), sum(one.total() for one in found)),
    }


def prescription(drugs: list[str], taken: Sequence[str] = ()) -> Dispute:
    """A plan that gives the drugs to a woman of 76 with ordinary kidneys who takes others already, against one that waits."""
    case = CaseSnapshot(
        age=76,
        sex="female",
        problems=(Problem(name="hypertension"), Problem(name="type 2 diabetes")),
        medications=tuple(Medication(drug=drug) for drug in taken),
        observations=(Observation(name="eGFR", value=68, unit="mL/min/1.73m2"),),
    )
    x = Plan(items=tuple(PlanItem(action=Action.CONTINUE, drug=drug) for drug in drugs))
    y = Plan(items=(PlanItem(action=Action.OBSERVE, text="watchful waiting"),))
    return Dispute(question="Is this prescription safe?", case=case, x=x, y=y)
