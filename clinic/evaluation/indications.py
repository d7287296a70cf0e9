"""The suite `indications`: whether the drug's record names the disease among its labelled uses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from clinic import wiring
from clinic.evaluation.statistics import wilson
from clinic.reasoning.tools import Tools
from retrieval.indications import indicated

Case = dict[str, Any]
Line = dict[str, Any]


def answer(case: Case, seed: int, tools: Tools | None) -> Line:
    """`label` is null where the drug is not carried: nothing is said of a drug without a record."""
    book = wiring.formulary()
    record = book.find(str(case["drug"]))
    if record is None:
        return {"id": case.get("id"), "label": None, "source": None, "suggested": book.suggest(str(case["drug"]), 3)}
    use = indicated(record, str(case["disease"]), wiring.glossary())
    return {
        "id": case.get("id"),
        "label": "indicated" if use else "not_indicated",
        "use": use or None,
        "source": f"Formulary: {record.name}",
    }


def summary(pairs: Sequence[tuple[Case, Line]]) -> dict[str, Any]:
    """Right or wrong (`symptomatic` counts as indicated), beside the answer that is always `indicated`."""
    labelled = [(c, r) for c, r in pairs if "error" not in r and r["label"] and c.get("label")]
    wanted = [(c["label"] != "not_indicated", r["label"] != "not_indicated") for c, r in labelled]
    positives = [said for is_true, said in wanted if is_true]
    negatives = [said for is_true, said in wanted if not is_true]
    return {
        "cases": len(pairs),
        "errors": sum("error" in r for _, r in pairs),
        "answered": len(labelled),
        "right": wilson(sum(is_true == said for is_true, said in wanted), len(wanted)),
        "always_indicated": wilson(len(positives), len(wanted)),
        "found_of_indicated": wilson(sum(positives), len(positives)),
        "refused_of_not_indicated": wilson(sum(not said for said in negatives), len(negatives)),
    }
