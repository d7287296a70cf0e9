"""Which symbolised sentences bear on a dispute: what the bundled model is given to read, and nothing else.

A small model loses its place in long prompts, so a sentence is left out that names neither plan's own treatment, or that requires
a condition the patient is not recorded to have. A sentence that qualifies the one before stays with it.
"""

from __future__ import annotations

import re

MOST = 6
"""Sentences a prompt shows: on the building half of the fixtures 6 did better than 10 (11 of 23 expected outcomes against 9) and 4 (10)."""

_OWN = re.compile(r"⟨[xy]\d+⟩")
_QUALIFIES = re.compile(r"^(?:This|These|That|It|They|Nor|Neither|Both|Either|Unless|Except|Otherwise|The same|Evidence does not show)\b")
_GROUP = re.compile(r"⟨[cnu]\d+⟩(?:\s*(?:,|or|, or)\s*(?:(?:a|an|the|in|with|moderate|severe|recent|to)\s*)*⟨[cnu]\d+⟩)*")
_REQUIRES = re.compile(
    r"\b(?:with|in|if|when|has|have|having|during|after|for|on)\s*(?:(?:a|an|the|all|any|both|people|persons?|adults?|patients?|women|men|those|who|have|has"
    r"|had|with|there|is|are|known|established|confirmed|current|symptomatic|stable|severe|moderate|mild|to|or|acute|chronic|previous|recent)\s*){0,6}$",
    re.I,
)
_EXEMPTS = re.compile(
    r"\b(?:without|unless|except|no|not have|nor|rather than|free of|prevent\w*|risk of|rates? of|reduc\w+|lower\w*|fewer|less|more|caus\w+|hold for)\b[^,;.]*$",
    re.I,
)


def foreign(text: str) -> bool:
    """Whether the sentence requires something the patient is not recorded to have, and of the alternatives has none."""
    for group in _GROUP.finditer(text):
        before = text[: group.start()]
        if not re.search(r"⟨[cu]", group.group()) and _REQUIRES.search(before) and not _EXEMPTS.search(before):
            return True
    return False


def bears(text: str, follows: bool) -> bool:
    """Whether to show a sentence; `follows`: the one before it in its passage is shown."""
    if foreign(text):
        return False
    return bool(_OWN.search(text)) or (follows and bool(_QUALIFIES.match(text)))
