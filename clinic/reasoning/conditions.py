"""What the patient has, by the glossary's one name for each, wider names included; and which glossary terms are things done."""

from __future__ import annotations

import re

from clinic.reasoning.facts import CaseSnapshot
from retrieval.types import Glossary

_TREATMENT = re.compile(
    r"(?:ectomy|ostomy|scopy|plasty|ation therapy|transplantation|surgery|stenting|drainage|bypass grafting|intervention|thrombolysis|transfusion|bridging|arthroplasty|repair|ventilation|rehabilitation|section|induction of labour|cerclage|insemination|fertilisation|debridement|ablation|cardioversion|implantation|occlusion|filter|pacemaker|defibrillator|resynchronisation therapy|oxygen therapy|behavioural therapy|electroconvulsive therapy|breath test|tolerance test|monitoring|measurement|biopsy|scan|imaging|ultrasound|x-ray|cultures?|serology|angiography|graphy|radioiodine therapy|shunt|ligation|embolisation|haemostasis|paracentesis|dialysis session|tubes|closure|replacement|puncture|densitometry|anaesthesia|extraction|genotyping|spirometry|electrocardiogram|embryo transfer|ovulation induction|sperm injection|source control|antenatal corticosteroids)$",
    re.IGNORECASE,
)
"""Glossary terms that are something done, not something the patient has."""


def is_treatment(term: str) -> bool:
    return bool(_TREATMENT.search(term))


_NOT = re.compile(r"\b(?:no|not|without|never|denies|nor|family history of|excluded|ruled out|negative for)\b[^.;,]*$", re.IGNORECASE)
_IMPLIES = {
    "acute coronary syndrome": ("myocardial infarction", "coronary artery disease"),
    "st-elevation myocardial infarction": ("acute coronary syndrome", "myocardial infarction", "coronary artery disease", "atherosclerotic cardiovascular disease"),
    "non-st-elevation myocardial infarction": ("acute coronary syndrome", "myocardial infarction", "coronary artery disease", "atherosclerotic cardiovascular disease"),
    "myocardial infarction": ("coronary artery disease", "atherosclerotic cardiovascular disease"),
    "deep vein thrombosis": ("venous thromboembolism",),
    "pulmonary embolism": ("venous thromboembolism",),
    "chronic kidney disease": ("renal impairment",),
    "polycystic ovary syndrome": (),
    "pyelonephritis": ("urinary tract infection",),
    "cystitis": ("urinary tract infection",),
}  # fmt: skip


def recorded(case: CaseSnapshot, glossary: Glossary, question: str = "") -> frozenset[str]:
    """Canonical names, folded. What the question names is taken as given."""
    found: set[str] = set()
    for problem in case.problems:
        found.add(glossary.canonical(problem.name).casefold())
        found |= {t.casefold() for _, _, t in glossary.mentioned(problem.name)}
        found |= {t.casefold() for t in _within(problem.name, glossary)}
    for allergy in case.allergies:
        found |= {f"{allergy.substance.casefold()} allergy", glossary.canonical(f"{allergy.substance} allergy").casefold()}
        if "anaphyl" in allergy.reaction.casefold():
            found |= {"anaphylaxis", f"{allergy.substance.casefold()} anaphylaxis"}
    found |= {t.casefold() for _, _, t in glossary.mentioned(question) if not is_treatment(t)}
    if case.pregnant:
        found.add("pregnancy")
    if case.age is not None and case.age < 18:
        found |= {"children", "child", "paediatric patient"}
    if case.lactating:
        found |= {"lactation", "breastfeeding"}
    for start, _, term in glossary.mentioned(case.text):
        if not _NOT.search(case.text[:start].rsplit(".", 1)[-1]) and not is_treatment(term):
            found.add(term.casefold())
    waiting = list(found)
    while waiting:
        term = waiting.pop()
        for wide in _IMPLIES.get(term, ()):
            if wide not in found:
                found.add(wide)
                waiting.append(wide)
        for narrow in ("acute", "chronic", "recurrent", "severe", "mild"):
            bare = term.removeprefix(narrow + " ")
            if bare != term and bare not in found:
                found.add(bare)
    return frozenset(found)


def _within(name: str, glossary: Glossary) -> list[str]:
    """Concepts named inside a longer name: `chronic kidney disease stage 3b` holds `chronic kidney disease`."""
    words = name.split()
    out = []
    for i in range(len(words)):
        for j in range(i + 1, len(words) + 1):
            out += [t for s, e, t in glossary.mentioned(" ".join(words[i:j])) if (s, e) == (0, len(" ".join(words[i:j])))]
    return out
