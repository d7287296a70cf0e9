"""The cast of the retrieval tests: small guidelines in three languages, drug records, terms, and an embedder without weights."""

from __future__ import annotations

import hashlib
import math
import time

from retrieval.document import Document
from retrieval.formulary import DrugTable, read_record
from retrieval.glossary import Term, TermTable
from retrieval.readers import read
from retrieval.types import Passage

HEAD = """---
id: {id}
title: {title}
organisation: Consilium Demonstration Hospital
version: "{version}"
effective: 2025-01-15
{more}language: {language}
conditions: [atrial fibrillation]
references:
  esc-2024: ESC, 2024 guideline on atrial fibrillation
  aristotle-2011: ARISTOTLE, N Engl J Med 2011
---
"""

AF = """# Anticoagulation in atrial fibrillation

Demonstration content, not for care.

## Choice of anticoagulant

- **R1** (strong, high) Offer apixaban rather than warfarin to adults with atrial fibrillation. This does not hold for mechanical heart valves. [esc-2024] [aristotle-2011]
- **R2** (strong, moderate) Do not use dabigatran in atrial fibrillation when creatinine clearance is below 30 mL/min. [esc-2024]
- **R3** (conditional, low) Consider left atrial appendage closure when anticoagulants cannot be taken. [esc-2024]

In ARISTOTLE apixaban lowered stroke by 21 % against warfarin, e.g. in older people. [aristotle-2011] Bleeding was lower too. [aristotle-2011]

### Doses

| Drug | Usual dose | Reduced dose | When reduced |
|---|---|---|---|
| apixaban | 5 mg twice daily | 2.5 mg twice daily | two of: age 80 or more, weight 60 kg or less |
| edoxaban | 60 mg once daily | 30 mg once daily | creatinine clearance 15 to 50 mL/min |

Doses follow the European labels. [esc-2024]

## Definitions

**CHA2DS2-VASc** is a score of stroke risk in atrial fibrillation. [esc-2024]
"""

OLD_AF = """## Choice

- **R1** (strong, high) Offer warfarin to adults with atrial fibrillation and aspirin to the others. [esc-2024]
"""

PNEUMONIA = """## Antibiotics

- **R1** (strong, moderate) Give amoxicillin for five days for community-acquired pneumonia of low severity. [esc-2024]
- **R2** (strong, low) Use doxycycline in penicillin allergy in community-acquired pneumonia. [esc-2024]
"""

KOREAN = """## 항응고제 선택

- **R1** (strong, high) 심방세동 환자에게 와파린보다 아픽사반을 우선 사용한다. 기계판막 환자는 예외이다. [esc-2024]
- **R2** (strong, moderate) 크레아티닌 청소율이 30 mL/min 미만이면 다비가트란을 사용하지 않는다. [esc-2024]
"""

CHINESE = """## 抗凝药选择

- **R1** (strong, high) 心房颤动患者应优先使用阿哌沙班而不是华法林。机械瓣膜患者除外。[esc-2024]
- **R2** (strong, moderate) 肌酐清除率低于30 mL/min时不要使用达比加群。[esc-2024]
"""

TERMS = (
    Term(term="atrial fibrillation", synonyms=("AF", "auricular fibrillation"), ko=("심방세동",), zh=("心房颤动", "房颤")),
    Term(term="myocardial infarction", synonyms=("MI", "heart attack"), ko=("심근경색",), zh=("心肌梗死",)),
    Term(term="pulmonary embolism", synonyms=("PE",), ko=("폐색전증",), zh=("肺栓塞",)),
    Term(term="pneumonia", synonyms=("community-acquired pneumonia", "CAP"), ko=("폐렴",), zh=("肺炎",)),
    Term(term="apixaban", synonyms=("Eliquis",), ko=("아픽사반",), zh=("阿哌沙班",)),
    Term(term="warfarin", synonyms=("Coumadin",), ko=("와파린",), zh=("华法林",)),
)


def guideline(
    body: str = AF, *, id: str = "af", version: str = "2", language: str = "en", title: str = "Atrial fibrillation", more: str = ""
) -> Document:
    """A guideline as read."""
    head = HEAD.format(id=id, version=version, language=language, title=title, more=more)
    return read((head + body).encode(), f"{id}@{version}.md")


def passages() -> list[Passage]:
    """A small library in three languages."""
    documents = (
        guideline(),
        guideline(PNEUMONIA, id="cap", title="Community-acquired pneumonia"),
        guideline(KOREAN, id="af-ko", language="ko", title="심방세동의 항응고 치료"),
        guideline(CHINESE, id="af-zh", language="zh", title="心房颤动的抗凝治疗"),
    )
    return [one for document in documents for one in document.passages]


def glossary() -> TermTable:
    """The terms above."""
    return TermTable(TERMS)


_DRUG = """
name: {name}
atc: {atc}
drug_class: {drug_class}
classes: [{classes}]
brands: [{brands}]
names: {{ko: {ko}, zh: {zh}}}
indications: [atrial fibrillation]
pregnancy: {{advice: avoid}}
lactation: {{advice: avoid}}
interactions:
{interactions}
efficacy:
{efficacy}
sources: ["{brands}, product information", "ARISTOTLE, N Engl J Med 2011"]
"""


def drug(
    name: str,
    drug_class: str,
    *,
    atc: str = "B01AF02",
    classes: str = "",
    brands: str = "",
    ko: str = "가",
    zh: str = "甲",
    interactions: str = "  []",
    efficacy: str = "  []",
) -> bytes:
    """A drug record as YAML."""
    fields = {"atc": atc, "classes": classes, "brands": brands or name.title(), "ko": ko, "zh": zh}
    return _DRUG.format(name=name, drug_class=drug_class, interactions=interactions, efficacy=efficacy, **fields).encode()


ARISTOTLE = """  - {indication: atrial fibrillation, comparator: warfarin, outcome: stroke or systemic embolism, measure: HR, effect: 0.79,
     ci: [0.66, 0.95], n: 18201, population: adults with a stroke risk factor, trial: ARISTOTLE, year: 2011, favours: drug}"""
NSAIDS = "  - {other: NSAID, severity: moderate, mechanism: additive bleeding, text: More bleeding.}"
BLOOD = "  - {other: anticoagulant, severity: high, mechanism: additive bleeding, text: Serious bleeding.}"
NAMED = "  - {other: apixaban, severity: low, mechanism: a little more bleeding, text: Watch.}"


def formulary() -> DrugTable:
    """Six drugs: an interaction by class on one side, by class on the other, by name."""
    files = (
        drug(
            "apixaban", "direct oral anticoagulant", brands="Eliquis", ko="아픽사반", zh="阿哌沙班", interactions=NSAIDS, efficacy=ARISTOTLE
        ),
        drug("warfarin", "vitamin K antagonist", atc="B01AA03", brands="Coumadin", ko="와파린", zh="华法林"),
        drug("ibuprofen", "NSAID", atc="M01AE01", brands="Brufen", interactions=BLOOD, ko="이부프로펜", zh="布洛芬"),
        drug("aspirin", "antiplatelet", atc="B01AC06", brands="Bayaspirin", interactions=NAMED, ko="아스피린", zh="阿司匹林"),
        drug("heparin", "heparin", atc="B01AB01", brands="Monoparin", ko="헤파린", zh="肝素"),
        drug(
            "amoxicillin/clavulanic acid",
            "penicillin",
            atc="J01CR02",
            brands="Augmentin",
            ko="아목시실린/클라불란산",
            zh="阿莫西林克拉维酸",
        ),
    )
    return DrugTable(read_record(data, f"drug{n}.yaml") for n, data in enumerate(files))


class HashEmbedder:
    """Unit vectors from the words of a text, without weights; `pause` seconds a call make builds slow enough to be killed."""

    dimensions = 64

    def __init__(self, digest: str = "hash-1", pause: float = 0.0) -> None:
        self.digest = digest
        self.pause = pause
        self.embedded = 0

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One vector for each text."""
        self.embedded += len(texts)
        time.sleep(self.pause)
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> list[float]:
        vector = [0.0] * self.dimensions
        for word in text.lower().split():
            vector[hashlib.sha256(word.encode()).digest()[0] % self.dimensions] += 1.0
        length = math.sqrt(sum(x * x for x in vector)) or 1.0
        return [x / length for x in vector]
