"""The heading over the evidence says what was found and left out, and why."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.template.loader import render_to_string

from clinic.reasoning.evidence import Evidence


@pytest.mark.parametrize(
    ("evidence", "said"),
    [
        (Evidence(dropped=9), "9 found and dropped as not relevant<"),
        (Evidence(dropped=9, elsewhere=2), "not relevant; 2 of these for another age, sex or state of pregnancy<"),
        (Evidence(dropped=9, repeated=1), "not relevant; 1 of these repeating another passage<"),
    ],
    ids=["dropped", "elsewhere", "repeated"],
)
def test_what_was_left_out_is_counted(evidence: Evidence, said: str) -> None:
    assert said in render_to_string("consults/_evidence.html", {"progress": SimpleNamespace(evidence=evidence, groups=[], sided=False)})
