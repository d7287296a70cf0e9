"""The evaluation suites by name. A suite is one function here; what is not built yet answers `not available`."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from clinic.evaluation import indications, interactions
from clinic.evaluation.arbitrate import arbitrate
from clinic.evaluation.statistics import bootstrap, wilson
from clinic.reasoning.tools import Tools

Case = dict[str, Any]
Line = dict[str, Any]


class Suite:
    """`answer` one case in, one line out; `summary` over (case, line) pairs; `asks` whether a model is needed."""

    def __init__(
        self,
        answer: Callable[[Case, int, Tools | None], Line],
        summary: Callable[[Sequence[tuple[Case, Line]]], dict[str, Any]],
        asks: bool = False,
    ) -> None:
        self.answer, self.summary, self.asks = answer, summary, asks


def expected(case: Case) -> str | None:
    """`expected` is a word or an object with `outcome`."""
    value = case.get("expected")
    value = value.get("outcome") if isinstance(value, dict) else value
    return str(value) if value else None


def _arbitration(case: Case, seed: int, tools: Tools | None) -> Line:
    assert tools, "a suite that asks is handed tools"
    result = arbitrate(case, tools, seed)
    keep = ("outcome", "type", "reason", "stability", "claims", "withheld", "cautions", "missing", "seconds", "model_tokens")
    return {
        "id": case.get("id"),
        **{key: result[key] for key in keep},
        "evidence": [f"{e['source']}#{e['label']}" for e in result["evidence"]],
    }


def _arbitration_summary(pairs: Sequence[tuple[Case, Line]]) -> dict[str, Any]:
    answered = [(c, r) for c, r in pairs if "error" not in r]
    labelled = [(c, r) for c, r in answered if expected(c)]
    met = [(c, r) for c, r in labelled if meets(expected(c) or "", r)]
    advised = [(c, r) for c, r in labelled if r["type"] == "advice"]
    cited = [(c, r) for c, r in labelled if (c.get("expected") or {}) and isinstance(c["expected"], dict) and c["expected"].get("cites")]
    found = [(c, r) for c, r in cited if set(c["expected"]["cites"]) & set(r["evidence"])]
    return {
        "cases": len(pairs),
        "errors": len(pairs) - len(answered),
        "outcomes": dict(Counter(r["outcome"] for _, r in answered)),
        "expected_met": wilson(len(met), len(labelled)),
        "advice_right": wilson(sum(meets(expected(c) or "", r) for c, r in advised), len(advised)),
        "abstained": wilson(sum(r["type"] == "abstention" for _, r in answered), len(answered)),
        "orders_agree": wilson(sum(bool(r["stability"]["orders_agree"]) for _, r in answered), len(answered)),
        "claims_supported": wilson(sum(len(r["claims"]) for _, r in answered), sum(len(r["claims"]) + r["withheld"] for _, r in answered)),
        "decisive_retrieved": wilson(len(found), len(cited)),
        "seconds": bootstrap([r["seconds"] for _, r in answered]),
        "misses": [
            {"id": c.get("id"), "expected": expected(c), "outcome": r["outcome"], "reason": r.get("reason", "")}
            for c, r in labelled
            if not meets(expected(c) or "", r)
        ],
    }


def meets(wanted: str, line: Line) -> bool:
    """Whether a line is what the panel of experts expected. An abstention meets `insufficient_evidence`, `need_data` and `time_critical`."""
    if wanted in ("insufficient_evidence", "need_data"):
        return bool(line["type"] == "abstention")
    if wanted == "time_critical":
        return bool(line.get("reason") == "time_critical")
    return bool(line["type"] == "advice" and line["outcome"] == wanted)


SUITES: dict[str, Suite] = {
    "arbitration": Suite(_arbitration, _arbitration_summary, asks=True),
    "interactions": Suite(interactions.answer, interactions.summary),
    "indications": Suite(indications.answer, indications.summary),
}
LATER = ("claims", "treatment-evidence", "conflict", "errors", "guards", "triage", "routing", "labs", "phi", "cycles")
"""Suites whose functions do not exist yet: exit code 3."""


def run_case(suite: Suite, case: Case, seed: int, tools: Tools | None = None) -> Line:
    """One case; a failing one becomes a line with `error`, never a stop."""
    started = time.monotonic()
    try:
        return suite.answer(case, seed, tools)
    except Exception as error:
        return {"id": case.get("id"), "error": f"{type(error).__name__}: {error}"[:500], "seconds": round(time.monotonic() - started, 3)}
