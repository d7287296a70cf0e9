"""The suite `interactions`: what the Formulary says of two drugs, against another source's severities where a case has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from clinic import wiring
from clinic.evaluation.statistics import wilson
from clinic.reasoning.tools import Tools

Case = dict[str, Any]
Line = dict[str, Any]

LABELS = {
    "major": "major", "high": "major", "contraindicated": "major", "moderate": "moderate", "minor": "minor", "low": "minor",
    "none": "none", "unknown": "unknown",
}  # fmt: skip
"""Words of a case's label -> the word it is counted under. `unknown`: the other source lists the pair without a grade."""
HARMLESS = ("minor", "none")
"""Labels at which an interruption is a false alarm."""


def answer(case: Case, seed: int, tools: Tools | None) -> Line:
    """The worst finding on the pair. A drug whose interactions are not known is `known: false`, and the severity is null: it was
    not checked. `basis`: `record`, `class` (no record, rules by mechanism only) or null for each drug."""
    book = wiring.formulary()
    names = [str(case[key]) for key in ("a", "b")]
    known = [book.interactions_known(name) for name in names]
    basis = [("record" if book.find(name) else "class") if sure else None for name, sure in zip(names, known, strict=True)]
    line: Line = {"id": case.get("id"), "known": known, "basis": basis, "severity": None, "interrupt": None}
    if not all(known):
        line["suggested"] = [[] if book.inn(name) else book.suggest(name, 3) for name in names]
        return line
    found = book.interactions(names[0], names[1])
    line |= {"severity": found[0].severity if found else "none", "interrupt": bool(found and found[0].severity == "high")}
    line |= {"mechanism": found[0].mechanism if found else None, "source": (found[0].source or "record") if found else None}
    return line


def summary(pairs: Sequence[tuple[Case, Line]]) -> dict[str, Any]:
    """Recall by the other source's severity (found at all; interrupting), and false alarms, over pairs of known drugs."""
    known = [(c, r) for c, r in pairs if "error" not in r and all(r["known"])]
    labelled = [(LABELS.get(str(c.get("label") or "").casefold()), r) for c, r in known]
    by = {label: [r for one, r in labelled if one == label] for label in dict.fromkeys(LABELS.values())}
    high = [label for label, r in labelled if label and r["interrupt"]]
    return {
        "cases": len(pairs),
        "errors": sum("error" in r for _, r in pairs),
        "both_known": len(known),
        "severities": dict(Counter(r["severity"] for _, r in known)),
        "found_by_label": {label: _share(rows, lambda r: r["severity"] != "none") for label, rows in by.items() if rows},
        "graded_by_label": {label: dict(Counter(r["severity"] for r in rows)) for label, rows in by.items() if rows},
        "interrupts_by_label": {label: _share(rows, lambda r: r["interrupt"]) for label, rows in by.items() if rows},
        "false_alarms_of_interruptions": wilson(sum(label in HARMLESS for label in high), len(high)),
    }


def _share(rows: Sequence[Line], holds: Any) -> dict[str, float | int]:
    return wilson(sum(bool(holds(row)) for row in rows), len(rows))
