"""Whether a sentence is about other patients: it requires a condition that this patient is not recorded to have.

One rule for the words of a guideline and for their symbolised form: the caller says where conditions stand and which of them the patient
has. Exceptions (`without`, `unless`), goals (`to prevent stroke`) and alternatives of which the patient has one are no requirement.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_REQUIRES = re.compile(
    r"\b(?:with|in|if|when|has|have|having|during|after|for|on|treat)\s*(?:(?:a|an|the|all|any|both|people|persons?|adults?|patients?|women|men|those|who|have|has"
    r"|had|with|there|is|are|known|established|confirmed|current|symptomatic|stable|severe|moderate|mild|to|or|acute|chronic|previous|recent|treatment of)\s*){0,6}$",
    re.I,
)
"""What stands before a condition that the sentence requires."""
_ROW = re.compile(r"^[^.;]*?:")
"""After a condition that opens the text: a row of a table, `pregnancy: avoid X`."""
_EXEMPTS = re.compile(
    r"\b(?:without|unless|except|no|not have|nor|rather than|free of|prevent\w*|risk of|rates? of|reduc\w+|lower\w*|fewer|less|more|caus\w+|hold for)\b[^,;.]*$",
    re.I,
)
_JOINED = re.compile(r"^\s*(?:,|or|,? or|/)\s*(?:(?:a|an|the|with|in|moderate|severe|to|recent|previous)\s*)*$", re.I)

Condition = tuple[int, int, bool]
"""(start, end, whether the patient has it), in the order of the text."""


def missing(text: str, conditions: Sequence[Condition]) -> Condition | None:
    """The first condition that the text requires and the patient has not, no alternative beside it being met; or None."""
    group: list[Condition] = []
    for one in conditions:
        if group and _JOINED.match(text[group[-1][1] : one[0]]):
            group.append(one)
            continue
        if found := _unmet(group):
            return found
        before = text[: one[0]]
        required = _REQUIRES.search(before) if before.strip() else _ROW.match(text[one[1] :])
        group = [one] if required and not _EXEMPTS.search(before) else []
    return _unmet(group)


def _unmet(group: Sequence[Condition]) -> Condition | None:
    return group[0] if group and not any(held for _, _, held in group) else None
