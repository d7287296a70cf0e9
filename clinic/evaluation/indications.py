"""The suite `indications`: whether the drug is used in the disease, by its record or by its class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from clinic import wiring
from clinic.evaluation.statistics import wilson
from clinic.reasoning.tools import Tools
from retrieval.indications import judge

Case = dict[str, Any]
Line = dict[str, Any]

LABELS = ("indicated", "symptomatic", "not_indicated")


def answer(case: Case, seed: int, tools: Tools | None) -> Line:
    """`label` is null where the drug is not known: nothing is said of it. `basis` says what the label rests on."""
    book = wiring.formulary()
    drug = str(case["drug"])
    found = judge(drug, str(case["disease"]), book, wiring.glossary(), wiring.diseases())
    if found is None:
        return {"id": case.get("id"), "label": None, "basis": None, "source": None, "suggested": book.suggest(drug, 3)}
    source = f"Formulary: {book.inn(drug)}" if found.basis in ("record", "contraindicated") else f"class of {book.inn(drug)}"
    return {
        "id": case.get("id"),
        "label": found.label,
        "basis": found.basis,
        "use": found.use or None,
        "source": None if found.basis == "nothing" else source,
    }


def summary(pairs: Sequence[tuple[Case, Line]]) -> dict[str, Any]:
    """Right or wrong, of two kinds (`symptomatic` counts as indicated) and of three, beside the answer that is always `indicated`;
    `by_basis`: how often each basis was right, of two kinds."""
    labelled = [(str(c["label"]), r) for c, r in pairs if "error" not in r and r["label"] and c.get("label")]
    wanted = [(label != "not_indicated", r["label"] != "not_indicated") for label, r in labelled]
    positives = [said for is_true, said in wanted if is_true]
    negatives = [said for is_true, said in wanted if not is_true]
    agree = [(r.get("basis"), (label == "not_indicated") == (r["label"] == "not_indicated")) for label, r in labelled]
    return {
        "cases": len(pairs),
        "errors": sum("error" in r for _, r in pairs),
        "answered": len(labelled),
        "right": wilson(sum(is_true == said for is_true, said in wanted), len(wanted)),
        "always_indicated": wilson(len(positives), len(wanted)),
        "found_of_indicated": wilson(sum(positives), len(positives)),
        "refused_of_not_indicated": wilson(sum(not said for said in negatives), len(negatives)),
        "right_of_three": wilson(sum(label == r["label"] for label, r in labelled), len(labelled)),
        "confusion": {label: dict(Counter(r["label"] for one, r in labelled if one == label)) for label in LABELS},
        "macro_f1": round(sum(_f1(labelled, label) for label in LABELS) / len(LABELS), 3),
        "by_basis": {
            basis: wilson(sum(ok for b, ok in agree if b == basis), sum(b == basis for b, _ in agree))
            for basis in sorted({b for b, _ in agree if b})
        },
    }


def _f1(labelled: Sequence[tuple[str, Line]], label: str) -> float:
    hits = sum(one == label == r["label"] for one, r in labelled)
    named = sum((one == label) + (r["label"] == label) for one, r in labelled)
    return 2 * hits / named if named else 0.0
