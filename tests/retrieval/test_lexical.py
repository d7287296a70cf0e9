"""Tokens in three languages and BM25 on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval.lexical import Bm25, index
from retrieval.tokens import tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("haemorrhages", "hemorrhage"),
        ("anaemia", "anemia"),
        ("tumours", "tumor"),
        ("randomised", "randomized"),
        ("oedema", "edema"),
        ("sulphate", "sulfate"),
        ("Anticoagulation", "anticoagulants"),
    ],
)
def test_spellings_and_endings_meet(one: str, other: str) -> None:
    assert tokens(one) == tokens(other) != []


def test_numbers_and_pairs_of_characters() -> None:
    assert tokens("2.5 mg of the CHA2DS2-VASc") == ["2.5", "mg", "cha2ds2", "vasc"]
    assert tokens("심방세동은") == ["심방", "방세", "세동", "동은"]
    assert tokens("房颤 药") == ["房颤", "药"]


def test_bm25_prefers_rare_words_and_short_texts() -> None:
    texts = ["apixaban in atrial fibrillation", "warfarin in atrial fibrillation", "aspirin " + "and other words " * 20 + "apixaban"]
    bm25 = index([tokens(text) for text in texts])
    assert [n for n, _ in bm25.top({"apixaban": 1.0}, 3)] == [0, 2]
    assert bm25.top({"unseen": 1.0}, 3) == []


def test_a_typed_word_outweighs_a_synonym() -> None:
    bm25 = index([["af"], ["fibril"]])
    assert [n for n, _ in bm25.top({"fibril": 1.0, "af": 0.4}, 2)] == [1, 0]


def test_what_is_saved_is_opened_again(tmp_path: Path) -> None:
    bm25 = index([tokens(text) for text in ("apixaban and warfarin", "심방세동", "")])
    bm25.save(tmp_path)
    for query in ({"apixaban": 1.0}, {"심방": 0.5, "세동": 1.0}):
        assert np.array_equal(Bm25.load(tmp_path).scores(query), bm25.scores(query))


def test_which_document_holds_a_token_is_read_from_the_postings() -> None:
    texts = [tokens(text) for text in ("apixaban in atrial fibrillation", "warfarin in atrial fibrillation", "aspirin", "")]
    bm25 = index(texts)
    every = sorted({token for text in texts for token in text} | {"unseen"})
    assert {(n, token) for n in range(4) for token in every if bm25.holds(n, token)} == {(n, t) for n, text in enumerate(texts) for t in text}
