"""Which symbolised sentences bear on a dispute: what the bundled model is given to read, and nothing else.

A small model loses its place in long prompts, so a sentence is left out that names neither plan's own treatment, or that requires
a condition the patient is not recorded to have. A sentence that qualifies the one before stays with it.
"""

from __future__ import annotations

import re

from clinic.reasoning import requirements

MOST = 6
"""Sentences a prompt shows: on the building half of the fixtures 6 did better than 10 (11 of 23 expected outcomes against 9) and 4 (10)."""

_OWN = re.compile(r"⟨[xy]\d+⟩")
_QUALIFIES = re.compile(r"^(?:This|These|That|It|They|Nor|Neither|Both|Either|Unless|Except|Otherwise|The same|Evidence does not show)\b")
_CONDITION = re.compile(r"⟨([cnu])\d+⟩")


def foreign(text: str) -> bool:
    """Whether the sentence requires something the patient is not recorded to have, and of the alternatives has none."""
    return requirements.missing(text, [(*m.span(), m.group(1) != "n") for m in _CONDITION.finditer(text)]) is not None


def bears(text: str, follows: bool) -> bool:
    """Whether to show a sentence; `follows`: the one before it in its passage is shown."""
    if foreign(text):
        return False
    return bool(_OWN.search(text)) or (follows and bool(_QUALIFIES.match(text)))
