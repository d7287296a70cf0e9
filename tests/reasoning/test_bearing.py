"""Which sentences the bundled model is shown, and the statements its reading notes lead to."""

from __future__ import annotations

import pytest

from clinic.reasoning.arbitration import bearing, notes
from clinic.reasoning.facts import Side
from clinic.reasoning.outcome import Outcome

THINK = "E1.1 for x over y strong\nE1.2 off⟨n1⟩\nE2.1 against y bar\nE3.1 for both weak\nx strong, y barred: supports_x\n"
SHOWN = {"E1.1": "Offer⟨x1⟩ rather than⟨y1⟩ in⟨c1⟩.", "E2.1": "Do not use⟨y1⟩ in⟨c2⟩.", "E3.1": "Offer⟨x1⟩ or⟨y1⟩."}
IDS = {"E1.1": "E4.1", "E2.1": "E5.2", "E3.1": "E6.1"}


@pytest.mark.parametrize(
    ("text", "follows", "shown"),
    [
        ("Offer⟨x1⟩ in⟨c1⟩.", False, True),
        ("Offer⟨d1⟩ in⟨c1⟩.", False, False),
        ("Use⟨y1⟩ in people with a⟨n1⟩.", False, False),
        ("Use⟨y1⟩ in⟨n1⟩ or⟨c1⟩.", False, True),
        ("Use⟨y1⟩ in⟨u1⟩.", False, True),
        ("Use⟨y1⟩ in⟨c1⟩ unless there is⟨n1⟩.", False, True),
        ("Use⟨y1⟩ to lower the risk of⟨n1⟩.", False, True),
        ("This does not hold for⟨n1⟩.", True, True),
        ("This does not hold for⟨n1⟩.", False, False),
    ],
)
def test_sentence_that_bears_on_the_dispute(text: str, follows: bool, shown: bool) -> None:
    assert bearing.bears(text, follows) is shown


def test_notes_are_read() -> None:
    assert [(n.sentence, n.direction, n.side) for n in notes.read(THINK)] == [
        ("E1.1", "for", Side.X), ("E2.1", "against", Side.Y), ("E3.1", "for", Side.X), ("E3.1", "for", Side.Y),
    ]  # fmt: skip
    assert notes.tally(THINK) == "supports_x"


def test_strongest_notes_become_statements_with_the_evidence_ids() -> None:
    made = notes.statements(THINK, Outcome.SUPPORTS_X, SHOWN, IDS)
    assert [(s.text, s.cites) for s in made] == [
        ("⟨x1⟩ is preferred to⟨y1⟩.".replace("to⟨", "to ⟨"), ("E4.1",)),
        ("⟨y1⟩ should not be used.", ("E5.2",)),
    ]


def test_a_note_on_a_sentence_without_the_plans_treatment_says_nothing() -> None:
    assert notes.statements("E9.1 for x strong", Outcome.SUPPORTS_X, {"E9.1": "Offer⟨d1⟩."}, {"E9.1": "E9.1"}) == []


@pytest.mark.parametrize("text", ["", "nonsense", "E1.1 for z strong", "⟨x1⟩"])
def test_what_is_no_note_is_no_claim(text: str) -> None:
    assert notes.read(text) == [] and notes.tally(text) == ""
