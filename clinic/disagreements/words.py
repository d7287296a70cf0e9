"""What the states, outcomes and abstentions mean, in the words of the page."""

from __future__ import annotations

from clinic.disagreements.models import State
from clinic.reasoning.outcome import Abstained, Outcome

HEADLINES: dict[Outcome, str] = {
    Outcome.SUPPORTS_X: "The evidence supports Plan X",
    Outcome.SUPPORTS_Y: "The evidence supports Plan Y",
    Outcome.BOTH_ACCEPTABLE: "Both plans are acceptable",
    Outcome.NEITHER: "The evidence supports neither plan",
    Outcome.HYBRID: "A combination of both plans",
    Outcome.INSUFFICIENT_EVIDENCE: "Too little evidence",
    Outcome.NEED_DATA: "A fact of the patient is missing",
}
MEANS: dict[Outcome, str] = {
    Outcome.SUPPORTS_X: "On the questions at issue the cited sentences speak for Plan X in a patient like this one. Whether Plan Y is safe is a matter of the safety checks, not of this sentence.",
    Outcome.SUPPORTS_Y: "On the questions at issue the cited sentences speak for Plan Y in a patient like this one. Whether Plan X is safe is a matter of the safety checks, not of this sentence.",
    Outcome.BOTH_ACCEPTABLE: "The cited sentences allow either plan. Experience, availability and what the patient wants may decide.",
    Outcome.NEITHER: "The cited sentences speak against both plans as they are written. Look for a third one, or refer.",
    Outcome.HYBRID: "The cited sentences carry a part of each plan. Decide item by item.",
}
VOTES: dict[str, str] = {
    "supports_x": "Plan X", "supports_y": "Plan Y", "both_acceptable": "both acceptable", "neither": "neither plan", "hybrid": "a combination",
    "insufficient_evidence": "too little evidence", "need_data": "a fact is missing", "unusable": "answer not usable", "": "not done yet",
}  # fmt: skip
NEXT: dict[Abstained, str] = {
    Abstained.NO_EVIDENCE: "Decide on your own judgement or refer. Ask the knowledge editor for a source on this question; then ask again.",
    Abstained.INSUFFICIENT_EVIDENCE: "Decide on your own judgement, with the evidence below, or refer to a multidisciplinary team.",
    Abstained.NEED_DATA: "Obtain the missing fact and record it with the patient. Until then either plan rests on an assumption.",
    Abstained.UNSTABLE: "Do not read a tendency into it. Read the evidence for both sides below and decide, or refer.",
    Abstained.UNSUPPORTED: "Read the evidence itself below: what was said about it did not hold. Decide on your own judgement, or refer.",
    Abstained.CAUTION: "Settle the safety finding first: with the pharmacist, or by repeating the value. Then decide.",
    Abstained.NO_RECOMMENDATION: "Weigh the weaker evidence below yourselves, or refer. A recommendation in the library would change this.",
    Abstained.CONTRADICTED: "The panel and the plain wording of a recommendation disagree. Read the recommendations below yourselves and decide, or refer.",
    Abstained.TIME_CRITICAL: "Call the senior on duty now. Only the safety checks below were made.",
}
STATES: dict[State, str] = {
    State.DRAFT: "Both doctors write their opinions without seeing each other's.",
    State.ONE_SEALED: "One opinion is sealed; the other is being written.",
    State.BOTH_SEALED: "Both opinions are sealed.",
    State.REVEALED: "Both opinions are open. Read them, confirm the questions at issue, ask for the consult.",
    State.CONCORDANT: "The plans agree on every item. No model was asked.",
    State.CONSULTING: "The consult is being made.",
    State.ADVISED: "The consult gives Advice. The two doctors decide.",
    State.ABSTAINED: "The consult abstains. The two doctors decide.",
    State.NEEDS_HUMAN: "The consult could not be made. The two doctors decide without it, or ask again.",
    State.DECIDED: "The doctors have decided.",
    State.TIME_CRITICAL: "Too urgent for a consult.",
    State.WITHDRAWN: "Withdrawn. It stays in the history.",
}
TONES: dict[str, str] = {
    State.DRAFT: "plain", State.ONE_SEALED: "plain", State.BOTH_SEALED: "plain", State.REVEALED: "act", State.CONCORDANT: "done",
    State.CONSULTING: "run", State.ADVISED: "advice", State.ABSTAINED: "abstain", State.NEEDS_HUMAN: "warn", State.DECIDED: "done",
    State.TIME_CRITICAL: "stop", State.WITHDRAWN: "gone",
}  # fmt: skip
"""State -> look of its chip."""
