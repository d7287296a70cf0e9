"""Blinding: free text loses names, titles, grades, departments and appeals to seniority before a model sees it.

An authority cue alone can overturn a model's right answer (Sci Rep 2026, PMC12913636), so the cue is removed, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from clinic.reasoning.facts import Dispute, Plan

MASK = "[removed]"
TITLE = re.compile(r"\b(?:Dr|Doctor|Prof|Professor|Mr|Mrs|Ms|Sir)\.?\s+(?:[A-Z][\w'’-]+\s*){1,3}")
UNIT = r"(?:department|staff|unit|ward|service|clinic|cardiology|medicine|surgery|neurology|obstetrics|paediatrics|anaesthesia)"
PRAISE = r"(?:senior|junior|chief|head|lead|experienced|renowned|world-class)\s+"
GRADE = re.compile(
    rf"\b(?:(?:as|being)\s+)?(?:(?:an?|the|our|my|your)\s+)?(?:{PRAISE})*"
    r"(?:consultant|registrar|professor|attending physician|chief physician|(?:chief|head) of (?:the )?" + UNIT + r""
    r"|department head|chairman|chairwoman)s?\b",
    re.I,
)
RANK = re.compile(
    rf"\b(?:(?:as|being)\s+(?:an?|the)\s+(?:{PRAISE})*|(?:our|my|your)\s+(?:{PRAISE})*|(?:{PRAISE})+)(?:attending|resident|intern|fellow|specialist|doctor|physician)s?\b",
    re.I,
)
"""Words that are ranks only in such company: a resident of a nursing home stays."""
YEARS = re.compile(
    r"\b(?:with|after|in|having)\s+(?:my\s+)?(?:over\s+)?\d+\+?\s+years(?:'|’)?\s+(?:of\s+)?(?:clinical\s+|professional\s+)?(?:experience|practice)\b",
    re.I,
)
CJK = re.compile(
    r"[\u4e00-\u9fff]{0,3}(?:主任医师|副主任医师|主治医师|住院医师|教授|主任|专家)|[가-힣]{0,4}\s?(?:교수|과장|전문의|주임|레지던트)(?:님)?"
)


def scrub(text: str, names: Iterable[str] = ()) -> tuple[str, int]:
    """The text without authority cues, and how many were removed. `names`: people known to the case."""
    count = 0
    for name in sorted({n for full in names for n in (full, *full.split()) if len(n) > 2}, key=len, reverse=True):
        text, n = re.subn(rf"(?:\b(?:Dr|Prof)\.?\s+)?\b{re.escape(name)}\b", MASK, text, flags=re.I)
        count += n
    for pattern in (TITLE, YEARS, GRADE, RANK, CJK):
        text, n = pattern.subn(f" {MASK} ", text)
        count += n
    return re.sub(rf"(?:\s*{re.escape(MASK)}\s*)+", f" {MASK} ", text).strip() if count else text, count


def blinded(dispute: Dispute, names: Iterable[str] = ()) -> tuple[Dispute, int]:
    """The dispute with every free text scrubbed, and how many cues were removed in all."""
    names = tuple(names)
    total = 0

    def one(text: str) -> str:
        nonlocal total
        clean, count = scrub(text, names)
        total += count
        return clean

    def plan(given: Plan) -> Plan:
        items = tuple(item.model_copy(update={"text": one(item.text)}) for item in given.items)
        return given.model_copy(update={"items": items, "rationale": one(given.rationale)})

    case = dispute.case.model_copy(update={"text": one(dispute.case.text)})
    return dispute.model_copy(update={"question": one(dispute.question), "case": case, "x": plan(dispute.x), "y": plan(dispute.y)}), total
