"""Imported embedders and rerankers, over real weights: the packaged MiniLM under another name, a small cross-encoder made here."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from django.core.exceptions import ImproperlyConfigured

from clinic import wiring
from models import catalogue
from models.catalogue import CardInvalid
from models.folders import folder_digest
from models.importing import copy_folder
from retrieval import embedding, generation
from retrieval.build import build
from retrieval.embedding import Prefixes, SentenceEmbedder, packaged, query_vector
from retrieval.errors import EmbedderMissing, RerankerInvalid
from retrieval.library import open_library
from retrieval.reranking import CrossEncoderReranker
from retrieval.retriever import LangChainEmbeddings
from tests.retrieval import cast


def own(folder: Path, kind: str, source: Path, **changes: object) -> str:
    """A card of the hospital's own with a copy of the folder beside it; returns the card's path."""
    copy_folder(source, folder / "model")
    fields = {"name": "ours", "kind": kind, "file": "model", "sha256": folder_digest(folder / "model"), "dimensions": 384, **changes}
    path = folder / "card.toml"
    path.write_text("".join(f"{key} = {value!r}\n" for key, value in fields.items()))
    return str(path)


@pytest.fixture(scope="module")
def minilm() -> Path:
    return packaged()._folder


@pytest.fixture
def chosen(settings: object) -> object:
    for part in (wiring.embedder, wiring.reranker):
        part.cache_clear()
    yield settings
    for part in (wiring.embedder, wiring.reranker):
        part.cache_clear()


def test_an_imported_embedder_serves_and_makes_an_index_generation_of_its_own(tmp_path: Path, minilm: Path, chosen: object) -> None:
    before = wiring.embedder()
    chosen.EMBEDDER = own(tmp_path / "ours", "embed", minilm)
    wiring.embedder.cache_clear()
    ours = wiring.embedder()
    assert ours.embed(["apixaban"]) == before.embed(["apixaban"]) and ours.digest != before.digest
    first, second = (build(cast.passages(), one, tmp_path / "index", terms=cast.TERMS) for one in (before, ours))
    assert first != second == generation.current(tmp_path / "index")
    opened = open_library(tmp_path / "index", ours)
    assert not opened.degraded and opened.search("apixaban in atrial fibrillation")
    opened.close()
    stale = open_library(tmp_path / "index", before)
    assert stale.degraded
    stale.close()


def test_questions_and_passages_are_marked_as_the_card_says(minilm: Path) -> None:
    plain, marked = SentenceEmbedder(minilm), SentenceEmbedder(minilm, prefixes=Prefixes("query: ", "passage: "))
    assert marked.embed_query("gout") == pytest.approx(plain.embed(["query: gout"])[0], abs=1e-6)
    assert marked.embed(["gout"])[0] == pytest.approx(plain.embed(["passage: gout"])[0], abs=1e-6)
    assert query_vector(marked, "gout") == LangChainEmbeddings(marked).embed_query("gout") == marked.embed_query("gout")
    assert marked.digest != plain.digest


def test_a_passage_has_the_same_vector_whatever_stands_beside_it(minilm: Path) -> None:
    plain = SentenceEmbedder(minilm)
    texts = ["gout", "fever", "stroke", "심", "apixaban or warfarin in atrial fibrillation", "naproxen or colchicine in gout", ""]
    together = plain.embed(texts)
    for text, vector in zip(texts, together, strict=True):
        assert plain.embed([text])[0] == pytest.approx(vector, abs=1e-5)
    assert np.allclose(plain.embed(texts[::-1]), together[::-1], atol=1e-5)


def test_another_precision_is_another_embedder_with_nearly_the_same_vectors(minilm: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    precise = SentenceEmbedder(minilm, precise=True)
    monkeypatch.setattr(embedding, "multiplies_bfloat16", lambda: True)
    fast = SentenceEmbedder(minilm)
    assert (precise.precision, fast.precision) == ("float32", "bfloat16") and precise.digest != fast.digest
    exact, near = precise.embed_query("apixaban or warfarin"), fast.embed_query("apixaban or warfarin")
    assert 0.999 < sum(a * b for a, b in zip(exact, near, strict=True)) < 1
    assert sum(a * a for a in near) == pytest.approx(1, abs=1e-5)


def test_an_embedder_without_marks_reads_both_alike(minilm: Path) -> None:
    plain = SentenceEmbedder(minilm)
    assert plain.embed_query("gout") == plain.embed(["gout"])[0]
    assert query_vector(cast.HashEmbedder(), "gout") == cast.HashEmbedder().embed(["gout"])[0]


def test_a_card_that_tells_the_wrong_size_is_noticed(minilm: Path) -> None:
    with pytest.raises(EmbedderMissing, match="its card says 768"):
        SentenceEmbedder(minilm, 768).embed(["gout"])


def test_an_embedder_that_is_not_here_says_how_to_bring_it(chosen: object) -> None:
    chosen.EMBEDDER = "multilingual-e5-small"
    if catalogue.weights_path(catalogue.find("multilingual-e5-small")).exists():
        pytest.skip("it is here")
    with pytest.raises(CardInvalid, match="models pull multilingual-e5-small"):
        wiring.embedder()


def test_a_model_that_writes_is_no_embedder(chosen: object) -> None:
    chosen.EMBEDDER = catalogue.default().name
    with pytest.raises(ImproperlyConfigured, match="not to embed"):
        wiring.embedder()


@pytest.fixture(scope="module")
def cross_encoder(tmp_path_factory: pytest.TempPathFactory, minilm: Path) -> Path:
    """Random weights in a real shape, with MiniLM's vocabulary: the number means nothing, the way to it is real."""
    return cross_encoder_with(1, tmp_path_factory.mktemp("cross"), minilm)


def cross_encoder_with(labels: int, folder: Path, minilm: Path) -> Path:
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "initializer_range": 0.5}
    BertForSequenceClassification(BertConfig(vocab_size=30522, num_labels=labels, **shape)).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        shutil.copy(minilm / name, folder / name)
    return folder


def test_a_reranker_of_the_settings_scores_each_text(tmp_path: Path, cross_encoder: Path, chosen: object) -> None:
    chosen.RERANKER = own(tmp_path / "ours", "rerank", cross_encoder, dimensions=0)
    reranker = wiring.reranker()
    texts = ["Offer apixaban rather than warfarin.", "Give amoxicillin for five days.", "A score of stroke risk."]
    scores = reranker.score("Which anticoagulant?", texts)
    assert len(scores) == len(set(scores)) == 3 and all(0 <= score <= 1 for score in scores)
    assert reranker.score("Which anticoagulant?", texts[::-1]) == pytest.approx(scores[::-1], abs=1e-5)
    assert reranker.score("?", []) == [] and reranker.digest


def test_a_long_passage_is_cut_not_refused(cross_encoder: Path) -> None:
    assert len(CrossEncoderReranker(cross_encoder, "x", context=64).score("Which?", ["word " * 5000])) == 1


def test_no_reranker_is_the_default(chosen: object) -> None:
    assert wiring.reranker() is None


def test_a_classifier_of_several_classes_is_no_reranker(tmp_path: Path, minilm: Path) -> None:
    with pytest.raises(RerankerInvalid, match="no reranker"):
        CrossEncoderReranker(cross_encoder_with(3, tmp_path / "three", minilm), "x").score("Which?", ["a"])
