"""Two drugs of one class, or one ingredient twice, within the plan or with what the patient keeps taking.

One of the two has a record: classes of the index alone are wide, and two of one may be ordinary care.
"""

from __future__ import annotations

from collections.abc import Iterator

from clinic.reasoning.safety.finding import Caution
from clinic.reasoning.safety.patient import Patient
from retrieval.types import DrugRecord, KnownDrug, Severity

COMBINED_ON_PURPOSE = frozenset({
    "insulin", "antiplatelet", "antiepileptic", "potassium supplement", "antiemetic", "nucleoside analogue", "mood stabiliser",
    "vasopressor", "antituberculosis drug",
})  # fmt: skip
"""Classes of which two together are ordinary care."""


def check(patient: Patient) -> Iterator[Caution]:
    given: list[DrugRecord | KnownDrug] = [*(record for _, record in patient.records()), *patient.by_class(g.name for g in patient.given)]
    kept: list[DrugRecord | KnownDrug] = [*patient.kept, *patient.by_class(patient.kept_unknown)]
    seen: set[frozenset[str]] = set()
    for record in given:
        for other in (*given, *kept):
            pair = frozenset((record.name, other.name))
            if len(pair) < 2 or pair in seen or not (isinstance(record, DrugRecord) or isinstance(other, DrugRecord)):
                continue
            seen.add(pair)
            words = _ingredient(record, other) or _class(record, other)
            if words:
                yield Caution(
                    code="duplicate",
                    severity=Severity.MODERATE,
                    plan=patient.side,
                    drugs=(record.name, other.name),
                    text=f"{record.name} and {other.name} {words}.",
                    source="Formulary: classes",
                )


def _ingredient(one: DrugRecord | KnownDrug, other: DrugRecord | KnownDrug) -> str:
    """A combination product and its own component."""
    both = set(one.name.split("/")) & set(other.name.split("/"))
    return f"both contain {', '.join(sorted(both))}" if both else ""


def _class(one: DrugRecord | KnownDrug, other: DrugRecord | KnownDrug) -> str:
    """The main class of one is the main or a further class of the other: sacubitril/valsartan and losartan, celecoxib and naproxen."""
    mains = [one.drug_class, other.drug_class]
    shared = [name for name in mains if name in (one.drug_class, *one.classes) and name in (other.drug_class, *other.classes)]
    shared = [name for name in shared if name and name not in COMBINED_ON_PURPOSE]
    return f"are both {shared[0]}s" if shared else ""
