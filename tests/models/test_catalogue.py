from __future__ import annotations

import hashlib
from dataclasses import fields
from pathlib import Path

import pytest

from models import catalogue
from models.catalogue import HERE, Card, CardInvalid, UnknownModel, bundled, cards, chosen, find, read, weights_path
from models.importing import import_model
from models.lock import AlreadyPinned, pin, pinned

QWEN = "r1-distill-qwen-7b"
GGUF = b"GGUF" + bytes(60)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "download.gguf"
    path.write_bytes(GGUF)
    return path


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    return tmp_path / "weights"


def test_it_works() -> None:
    card = find(QWEN)
    assert card.template == "r1" and card.file.endswith(".gguf") and card.context >= 4096


@pytest.mark.parametrize("size", ["qwen-1.5b", "qwen-7b", "qwen-14b", "qwen-32b", "llama-8b", "llama-70b"])
def test_every_distillation_is_listed(size: str) -> None:
    card = find(f"r1-distill-{size}")
    assert card.memory > card.size > 0 and card.licence and card.can and card.cannot


@pytest.mark.parametrize("card", [card for card in cards().values() if card.layers], ids=lambda card: card.name)
def test_memory_is_what_layers_and_widths_make(card: Card) -> None:
    assert card.memory == pytest.approx(card.needs(8, card.context), rel=0.02)
    assert card.tier and card.quantisation.lower() in card.file.lower() and card.source.endswith(card.file)


@pytest.mark.parametrize("card", [card for card in cards().values() if card.kind != "generate"], ids=lambda card: card.name)
def test_an_embedder_or_reranker_says_what_is_needed_to_use_it(card: Card) -> None:
    assert card.licence and card.can and card.cannot and card.size and bool(card.dimensions) == (card.kind == "embed")
    assert not any(file.endswith((".bin", ".py")) for file in card.files)
    assert bool(card.query_prefix) == ("e5" in card.name)


def test_the_full_r1_runs_behind_a_server() -> None:
    assert find("r1-671b").server
    with pytest.raises(CardInvalid, match="behind a server"):
        weights_path(find("r1-671b"))


def test_embedders_are_listed_as_such() -> None:
    assert {card.name for card in cards().values() if card.kind == "embed"} >= {"all-minilm-l6-v2"}


def test_an_unknown_name_is_an_error_and_names_the_nearest() -> None:
    with pytest.raises(UnknownModel, match=f"Did you mean {QWEN}"):
        find("r1-distill-qwen7b")


@pytest.mark.parametrize("card", bundled(), ids=lambda card: card.name)
def test_a_bundled_file_is_what_its_card_says(card: Card) -> None:
    path = weights_path(card)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == card.sha256 and path.stat().st_size == card.size
    assert card.demonstration and card.trained_on and card.cannot


def test_an_imported_file_is_pinned_under_its_name(file: Path, weights: Path) -> None:
    path = import_model(find(QWEN), file, weights)
    assert path.read_bytes() == GGUF
    assert find(QWEN, weights).sha256 == pinned(weights)[QWEN] == hashlib.sha256(GGUF).hexdigest()


def test_another_file_under_a_pinned_name_is_refused(file: Path, weights: Path) -> None:
    import_model(find(QWEN), file, weights)
    file.write_bytes(GGUF + b"!")
    with pytest.raises(CardInvalid, match="known with"):
        import_model(find(QWEN, weights), file, weights)
    with pytest.raises(AlreadyPinned):
        pin(weights, QWEN, "0" * 64)
    assert weights_path(find(QWEN), weights).read_bytes() == GGUF


def test_what_is_not_gguf_is_refused_and_leaves_nothing(file: Path, weights: Path) -> None:
    file.write_bytes(b"PK\3\4 a pickle")
    with pytest.raises(CardInvalid, match="not a GGUF"):
        import_model(find(QWEN), file, weights)
    assert not [path for path in weights.iterdir() if path.name != ".lock"]


def test_a_card_of_ones_own_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "card.toml"
    path.write_text('name = "ours"\nfile = "ours.gguf"\ncan = ["Read.", "Write."]\nnotes = "kept"\n')
    card = read(str(path))
    assert weights_path(card) == tmp_path / "ours.gguf"
    assert card.can == "Read. Write." and card.figures == {"notes": "kept"}


def test_a_setting_names_a_model_a_card_or_the_bundled_one(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('name = "ours"\nfile = "ours.gguf"\n')
    assert chosen("bundled") == catalogue.default() and chosen(QWEN) == find(QWEN)
    for card in (chosen("bundled"), chosen(QWEN), chosen(str(path))):
        assert read(card.reference) == card


@pytest.mark.parametrize("text", ['file = "x.gguf"', 'name = "x"\nfile = "../x.gguf"', "name ="], ids=["no name", "a path", "no TOML"])
def test_a_card_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "card.toml"
    path.write_text(text)
    with pytest.raises(CardInvalid):
        read(str(path))


def test_two_models_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "bundled", lambda: [Card(name=QWEN)])
    cards.cache_clear()
    with pytest.raises(CardInvalid, match="same name"):
        cards()
    cards.cache_clear()


def test_a_machine_without_a_bundled_model_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "bundled", lambda: [])
    with pytest.raises(UnknownModel, match="models import"):
        catalogue.default()


def test_the_readme_lists_a_card_s_keys() -> None:
    said = (HERE / "README.md").read_text(encoding="utf-8").partition("## A card's keys")[2].split("`")[1].split()
    assert sorted(said) == sorted(f.name for f in fields(Card) if f.name not in ("folder", "path"))
