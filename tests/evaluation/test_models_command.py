"""`manage.py models`: the doors, and that web, worker and host mean the same model."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic import wiring
from clinic.deploy.model import Keeper
from inference.options import HostOptions
from models.catalogue import default


def said(*words: str) -> Any:
    out = StringIO()
    call_command("models", *words, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_it_works() -> None:
    listed = said("list")
    assert {"generate", "embed", "rerank"} == {one["kind"] for one in listed}
    assert [one["name"] for one in listed if one["here"]] >= [default().name]


def test_the_bundled_model_is_what_its_card_says() -> None:
    assert all(one["as_catalogued"] for one in said("verify", default().name))


def test_an_unknown_model_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(CommandError, match="Did you mean r1-distill-qwen-7b"):
        said("card", "r1-distill-qwen7b")


def test_what_cannot_be_pulled_says_why() -> None:
    with pytest.raises(CommandError, match="not published in a form"):
        said("pull", "bge-m3")


def test_another_machine_can_be_planned() -> None:
    advice = said("recommend", "--ram", "64GB", "--vram", "24GB", "--cores", "16")
    assert advice["model"] == "r1-distill-qwen-14b" and "GGML_CUDA" in advice["do"][-1] and "32b" in advice["why_not_larger"]
    with pytest.raises(CommandError, match="like 64GB"):
        said("recommend", "--ram", "lots")


@pytest.mark.model
def test_a_model_is_measured_alone_and_eight_at_once() -> None:
    alone, eight = said("bench", default().name)
    assert (alone["streams"], eight["streams"]) == (1, 8) and eight["tokens"] > alone["tokens"] > 0 < eight["tokens_per_s"]


@pytest.mark.django_db
@pytest.mark.parametrize("own", [False, True], ids=["bundled", "a card of one's own"])
def test_pages_and_house_mean_the_same_model(own: bool, settings: Any, tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(f'name = "ours"\nfile = "m.gguf"\nsha256 = "{"0" * 64}"\n')
    settings.MODEL = str(path) if own else "bundled"
    assert wiring.card().name == ("ours" if own else default().name)
    keeper = Keeper(tmp_path, HostOptions(), print)
    keeper.look()
    try:
        assert [kept.supervisor.card for kept in keeper._kept.values()] == [wiring.card().reference]
    finally:
        keeper.close()
