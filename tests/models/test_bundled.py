"""The bundled model is what its card says, and still answers its golden prompts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from models import catalogue, dialect
from models.training import evaluate

pytest.importorskip("llama_cpp")
CARD = catalogue.default()
FOLDER = Path(CARD.folder)
GOLDEN = json.loads((FOLDER / "golden.json").read_text("utf-8"))


def test_card_names_the_file() -> None:
    data = (FOLDER / CARD.file).read_bytes()
    assert (hashlib.sha256(data).hexdigest(), len(data)) == (CARD.sha256, CARD.size)
    assert CARD.size <= 40_000_000
    assert CARD.demonstration and CARD.dialect == "symbols" and CARD.template == "r1"


def test_card_tells_its_figures_beside_shallow_baselines() -> None:
    figures = CARD.figures
    assert {"outcome_right", "decisive_sentences_cited", "same_in_both_orders"} <= set(figures)
    assert "bag_of_words" in figures["baselines"]


def test_golden_prompts_are_answered_as_before() -> None:
    write = evaluate.llama(str(FOLDER / CARD.file))
    for case in GOLDEN:
        assert write(case["prompt"]) == case["text"]


@pytest.mark.parametrize("case", GOLDEN, ids=[str(i) for i in range(len(GOLDEN))])
def test_golden_answers_have_the_shape_of_the_schema(case: dict[str, str]) -> None:
    notes, answer = evaluate.parse(case["text"])
    assert notes and list(answer) == ["outcome", "claims", "missing"]
    assert answer["outcome"] in dialect.OUTCOMES
