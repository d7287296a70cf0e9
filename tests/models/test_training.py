"""The generator says what its rule says, its wordings are many and partly held out, and shallow cues predict little."""

from __future__ import annotations

import itertools
import json
import random
from collections import Counter

import pytest
import torch

from models import dialect
from models.training import generate, language, rule
from models.training.model import Arbiter, Shape
from models.training.rule import Mark

KINDS = [p.stem for p in language.WORDINGS.glob("*.txt")]


def mark(sentence: str, act: str, side: str = "", level: str = "", guard: str = "", lifts: str = "", over: bool = False) -> Mark:
    return Mark(
        sentence, act, side, level, over=over, guard=guard, lifts=lifts, about=("⟨x1⟩", "⟨y1⟩"), claim="a|b" if side == "both" else "a"
    )


RULES = [
    ("nothing said", [mark("E1.1", "other")], "insufficient_evidence"),
    ("for x", [mark("E1.1", "for", "x", "weak")], "supports_x"),
    ("strong outranks weak", [mark("E1.1", "for", "x", "weak"), mark("E2.1", "for", "y", "strong")], "supports_y"),
    ("a recommendation outranks a trial", [mark("E1.1", "for", "x", "low"), mark("E2.1", "for", "y", "weak")], "supports_y"),
    ("a bar outranks support", [mark("E1.1", "for", "x", "strong"), mark("E2.1", "against", "x", "bar")], "supports_y"),
    ("both barred", [mark("E1.1", "against", "both", "bar")], "neither"),
    ("equal support", [mark("E1.1", "for", "x", "weak"), mark("E2.1", "for", "y", "weak")], "both_acceptable"),
    ("a preference breaks the tie", [mark("E1.1", "for", "both", "strong"), mark("E2.1", "for", "y", "strong", over=True)], "supports_y"),
    ("a lifted sentence is gone", [mark("E1.1", "for", "x", "strong"), mark("E1.2", "lifts", lifts="E1.1")], "insufficient_evidence"),
    ("it hinges on a missing value", [mark("E1.1", "for", "x", "weak"), mark("E2.1", "against", "x", "bar", "if⟨u1⟩")], "need_data"),
    (
        "a missing value that changes nothing",
        [mark("E1.1", "for", "x", "strong"), mark("E2.1", "for", "x", "weak", "if⟨u1⟩")],
        "supports_x",
    ),
]


@pytest.mark.parametrize(("marks", "outcome"), [(m, o) for _, m, o in RULES], ids=[n for n, _, _ in RULES])
def test_rule(marks: list[Mark], outcome: str) -> None:
    assert rule.answer(marks).outcome == outcome


def test_wordings_are_many_and_a_fifth_is_held_out() -> None:
    lines = [held for kind in KINDS for _, held in language.wordings(kind)]
    assert len(lines) >= 500
    assert 0.12 < sum(lines) / len(lines) < 0.28


@pytest.mark.parametrize("kind", KINDS)
def test_training_never_sees_a_held_out_word(kind: str) -> None:
    rng = random.Random(1)
    held = {w for w, h in language.wordings(kind) if h}
    assert len(held) < len(language.wordings(kind))
    texts = [language.choose(rng, kind, held_out=False).lower() for _ in range(60)]
    assert not [t for t in texts if any(w in t for w in language.HELD_OUT)]


def test_prompts_are_unequivocal() -> None:
    for s in generate.samples(60, 5):
        text = dialect.render(s.prompt)
        assert "<" not in text and "{" not in text and "|" not in text, text
        answer = json.loads(s.answer)
        assert answer["outcome"] == s.outcome
        assert set(s.cites) <= set(dialect.ids_of(s.prompt))
        assert set(answer["missing"]) <= set(dialect.symbols_in(text, "u"))


def test_claims_use_symbols_of_the_sentences_they_cite() -> None:
    for s in generate.samples(80, 6):
        texts = {f"E{i}.{j}": t for i, p in enumerate(s.prompt.passages, 1) for j, t in enumerate(p.sentences, 1)}
        for claim in json.loads(s.answer)["claims"]:
            cited = " ".join(texts[c] for c in claim["cites"])
            assert set(dialect.symbols_in(claim["text"])) <= set(dialect.symbols_in(cited)), (claim, cited)


def test_cases_are_laid_out_as_the_product_shows_them() -> None:
    made = list(generate.samples(200, 8))
    named = [bool(dialect.symbols_in(p.sentences[0], "xy")) for s in made for p in s.prompt.passages]
    assert sum(named) > 0.85 * len(named)
    ordered = [kinds == sorted(kinds, key=generate.ORDER.index) for s in made if (kinds := [p.kind for p in s.prompt.passages])]
    assert sum(ordered) > 0.8 * len(ordered)


def test_a_batch_without_evidence_teaches_no_reading_and_is_no_fault() -> None:
    model = Arbiter(Shape(vocab=64, width=64, layers=1, hidden=64, heads=2, kv_heads=1))
    ids, nothing = torch.ones(2, 9, dtype=torch.long), torch.full((2, 9), -1)
    assert model.reading_loss(ids, nothing).item() == 0.0
    assert torch.isfinite(model.loss(ids, torch.ones(2, 9), nothing))


def test_outcomes_are_balanced_and_mention_counts_say_little() -> None:
    made = list(generate.samples(400, 7))
    outcomes = Counter(s.outcome for s in made)
    assert max(outcomes.values()) < 0.3 * len(made)
    sided = [s for s in made if s.outcome.startswith("supports") and s.tally]
    agree = sum((s.tally > 0) == (s.outcome == "supports_x") for s in sided)
    assert agree < 0.62 * len(sided)


def test_the_seed_makes_the_same_cases_again() -> None:
    first = [s.answer for s in itertools.islice(generate.samples(10, 3), 10)]
    assert first == [s.answer for s in generate.samples(10, 3)]
