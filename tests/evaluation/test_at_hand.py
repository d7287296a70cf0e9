"""One rule for every command that asks a model: what the kind is put to, unless another is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic import wiring
from clinic.consults.models import Route
from clinic.evaluation.at_hand import tools_at_hand
from inference.backends.scripted import ScriptedEngine
from inference.types import Effort
from models.catalogue import default

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Handed:
    engine: Any
    effort: Effort = Effort.HIGH


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models whose hosts are opened; no host and no library is."""
    names: list[str] = []

    @contextmanager
    def at_hand(model: str = "") -> Iterator[ScriptedEngine]:
        names.append(model)
        yield ScriptedEngine()

    monkeypatch.setattr(wiring, "engine_at_hand", at_hand)
    monkeypatch.setattr(wiring, "tools", lambda use, effort: Handed(use, effort))
    return names


def test_it_is_the_model_of_the_settings_while_nobody_has_chosen(asked: list[str]) -> None:
    with tools_at_hand() as tools:
        assert (asked, tools.effort) == ([default().name], Effort.HIGH)


def test_it_is_what_the_kind_was_put_to(asked: list[str]) -> None:
    Route.objects.create(kind="arbitration", model="second", effort="low", reason="measured on 80 cases", by="admin-moreau")
    with tools_at_hand() as tools:
        assert (asked, tools.effort) == (["second"], Effort.LOW)


def test_what_is_named_comes_first(asked: list[str]) -> None:
    Route.objects.create(kind="arbitration", model="second", effort="low", reason="measured on 80 cases", by="admin-moreau")
    with tools_at_hand("third", "off") as tools:
        assert (asked, tools.effort) == (["third"], Effort.OFF)


def test_an_evaluation_of_an_unknown_model_says_so_before_it_begins(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.undo()
    (tmp_path / "cases.jsonl").write_text('{"id": "1"}\n')
    with pytest.raises(CommandError, match="no model 'r1-distill-qwen-2b'"):
        call_command("evaluate", "arbitration", cases=tmp_path / "cases.jsonl", model="r1-distill-qwen-2b")
