"""What a symbolised sentence plainly says, by rules: rows of the manner of guidelines, and the generator's labels."""

from __future__ import annotations

import re

import pytest

from clinic.reasoning.arbitration.direction import NOTHING, read
from clinic.reasoning.facts import Side
from models import dialect
from models.training import generate

FOR_X, AGAINST_X, X_OVER_Y, EITHER = "x//", "/x/", "x/y/x", "xy//"


def said(text: str) -> str:
    """`favours/opposes/over`."""
    found = read(text)
    return f"{''.join(sorted(found.favours))}/{''.join(sorted(found.opposes))}/{found.over or ''}"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Offer⟨x1⟩ to adults with⟨c1⟩.", FOR_X),
        ("Treat⟨c1⟩ with⟨d1⟩ for 5 days,⟨x1⟩, or⟨d2⟩ for 3 to 5 days.", FOR_X),
        ("Start⟨x1⟩ at once, with or without⟨d1⟩, in⟨c1⟩.", FOR_X),
        ("Do not withhold⟨x1⟩ or another⟨b1⟩ in⟨c1⟩ because of a high score alone.", FOR_X),
        ("⟨x1⟩ is recommended in⟨c1⟩.", FOR_X),
        ("⟨x1⟩ should not be withheld in⟨c1⟩.", FOR_X),
        ("We recommend⟨x1⟩ in⟨c1⟩.", FOR_X),
        ("Do⟨b1⟩ early in⟨c1⟩ and within⟨x1⟩ of admission.", FOR_X),
        ("⟨c1⟩ calls for⟨x1⟩.", FOR_X),
        ("Do not use⟨x1⟩ in⟨c1⟩.", AGAINST_X),
        ("Never give⟨x1⟩.", AGAINST_X),
        ("Avoid⟨x1⟩ in⟨c1⟩.", AGAINST_X),
        ("⟨x1⟩ must not be used in⟨c1⟩.", AGAINST_X),
        ("⟨x1⟩ is contraindicated.", AGAINST_X),
        ("⟨x1⟩ in⟨c1⟩ should be avoided.", AGAINST_X),
        ("We recommend against⟨x1⟩.", AGAINST_X),
        ("Do not delay⟨b1⟩ for⟨c1⟩ by⟨x1⟩ or more.", AGAINST_X),
        ("Offer a⟨x2⟩ such as⟨x1⟩ or⟨d1⟩ rather than⟨y1⟩ to adults with⟨c1⟩.", X_OVER_Y),
        ("Prefer⟨x1⟩ to⟨y1⟩ in⟨c1⟩.", X_OVER_Y),
        ("⟨x1⟩ is preferred to⟨y1⟩.", X_OVER_Y),
        ("Rather than⟨y1⟩, use⟨x1⟩.", X_OVER_Y),
        ("Switch from⟨y1⟩ to⟨x1⟩.", X_OVER_Y),
        ("Do not give⟨y1⟩ or another⟨y2⟩ in place of an oral⟨x1⟩ in⟨c1⟩, whatever the age.", X_OVER_Y),
        ("Offer⟨x1⟩ or⟨y1⟩.", EITHER),
        ("⟨y1⟩ and⟨x1⟩ for 48 hours are both acceptable.", EITHER),
    ],
)
def test_plain_sentence_is_read(text: str, wanted: str) -> None:
    assert said(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "⟨x1⟩",
        "Evidence does not show that⟨x1⟩ is better than⟨y1⟩.",
        "It is unclear whether⟨x1⟩ is recommended.",
        "Check potassium in people on⟨x1⟩.",
        "In AFIRE,⟨x1⟩ was safer than⟨y1⟩.",
        "Use⟨x1⟩ only where resistance is low.",
        "Offer⟨x1⟩ in⟨c1⟩ without⟨c2⟩.",
        "Offer⟨x1⟩ if⟨u1⟩.",
        "Offer⟨x1⟩ when symptoms persist.",
        "Stop⟨x1⟩ 3 days before surgery.",
        "Do not give⟨x1⟩ without⟨d1⟩.",
        "Use⟨x1⟩ with⟨y1⟩.",
        "Start⟨x1⟩ first, and offer⟨y1⟩ if it is not tolerated.",
        "⟨x1⟩ of⟨d1⟩ is recommended.",
        "⟨x1⟩ doses need review.",
    ],
)
def test_what_is_not_plain_says_nothing(text: str) -> None:
    assert read(text) == NOTHING


@pytest.mark.parametrize("text", ["Prefer⟨x1⟩ to⟨y1⟩.", "Do not use⟨x1⟩.", "Offer⟨x1⟩ or⟨y1⟩.", "Offer⟨x1⟩ rather than⟨y1⟩ in⟨c1⟩."])
def test_exchanged_plans_exchange_what_is_said(text: str) -> None:
    turned = re.sub(r"⟨([xy])", lambda m: f"⟨{Side(m.group(1)).other}", text)
    one, other = read(text), read(turned)
    assert {s.other for s in one.favours} == set(other.favours) and {s.other for s in one.opposes} == set(other.opposes)


def test_where_it_reads_it_agrees_with_the_labels_of_generated_sentences() -> None:
    right = wrong = 0
    for sample in generate.samples(250, 77, held_out=True):
        texts = {f"E{i}.{j}": t for i, p in enumerate(sample.prompt.passages, 1) for j, t in enumerate(p.sentences, 1)}
        for line in sample.think.splitlines():
            note = re.match(r"(E\d+\.\d+) (for|against|other)(?: (x|y|both))?", line)
            found = read(dialect.tighten(texts[note.group(1)])) if note and note.group(1) in texts else None
            if note is None or not found:
                continue
            sides = {Side(s) for s in {"both": "xy", None: ""}.get(note.group(3), note.group(3) or "")}
            mine = {"for": found.favours, "against": found.opposes, "other": frozenset()}[note.group(2)]
            good = sides <= mine and note.group(2) != "other"
            right, wrong = right + good, wrong + (not good)
    assert right >= 60
    assert wrong <= 0.05 * (right + wrong), (right, wrong)
