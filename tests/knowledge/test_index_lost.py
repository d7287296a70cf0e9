"""The index folder is removed under load: whoever has it open goes on, a new process searches the rows by words at once."""

from __future__ import annotations

import shutil
import time
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic import wiring
from clinic.knowledge import actions, publishing
from clinic.knowledge.models import Publication, PublicationState, SourceVersion, VersionState
from retrieval import generation
from retrieval.build import build
from retrieval.collection import search_terms
from retrieval.errors import IndexEmpty
from tests.cast import as_user
from tests.knowledge.conftest import passage_id
from tests.retrieval.cast import HashEmbedder

pytestmark = pytest.mark.django_db


def _labels(query: str = "apixaban or warfarin in atrial fibrillation") -> list[str]:
    return [hit.passage.id for hit in wiring.library(dense=False).search(query, 8)]


def test_who_has_it_open_goes_on(published: str, settings: Any) -> None:
    before = _labels()
    shutil.rmtree(settings.INDEX)
    assert _labels() == before and wiring.library(dense=False).digest == published


def test_a_new_process_searches_the_rows_at_once(published: str, settings: Any) -> None:
    before = _labels()
    shutil.rmtree(settings.INDEX)
    wiring.close_library()
    wiring.formulary(), wiring.glossary()
    begun = time.process_time()
    assert _labels() == before
    assert time.process_time() - begun < 2
    assert wiring.library(dense=False).degraded  # type: ignore[attr-defined]
    assert wiring.library(dense=False).passage(passage_id("R1")) is not None


def test_a_generation_whose_passages_are_damaged_is_left_for_the_rows(published: str, settings: Any) -> None:
    (settings.INDEX / published / "passages.jsonl").write_text("{}")
    wiring.close_library()
    assert _labels()


def test_the_index_that_comes_back_is_taken_up_without_a_restart(published: str, settings: Any) -> None:
    shutil.rmtree(settings.INDEX)
    wiring.close_library()
    wiring.library(dense=False)
    terms = search_terms(wiring.formulary(), wiring.glossary())
    again = build(actions.in_force()[1:], None, settings.INDEX, terms=terms)
    assert wiring.library(dense=False).digest == again == generation.current(settings.INDEX)


def test_superseded_versions_are_not_found_in_the_rows_either(published: str, settings: Any) -> None:
    shutil.rmtree(settings.INDEX)
    wiring.close_library()
    assert wiring.library(dense=False).passage(passage_id("R1", version="1")) is None


def test_without_rows_the_missing_index_is_said(db: None, tmp_path: Any, settings: Any) -> None:
    settings.INDEX = tmp_path / "index"
    wiring.close_library()
    with pytest.raises(IndexEmpty, match="Approve at least one source"):
        wiring.library(dense=False)


def test_the_page_still_finds(published: str, settings: Any) -> None:
    shutil.rmtree(settings.INDEX)
    wiring.close_library()
    text = as_user("dr-adeyemi").get(reverse("knowledge:library"), {"q": "apixaban"}).content.decode()
    assert "af-anticoagulation" in text


def test_the_sweeper_has_a_lost_index_built_again(published: str, settings: Any) -> None:
    SourceVersion.objects.filter(pk__in=[one.pk for one in actions.due()]).update(state=VersionState.PUBLISHED)
    assert publishing.ask_if_needed() is None
    (settings.INDEX / published / "lexical.weights.npy").unlink()
    asked = publishing.ask_if_needed()
    assert asked is not None and asked.why == "The index was gone or made by another embedder"
    assert publishing.ask_if_needed() is None, "one waits already"


def test_the_sweeper_has_a_damaged_index_built_again(published: str, settings: Any) -> None:
    path = settings.INDEX / published / "terms.json"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert publishing.ask_if_needed() is None, "all files are there"
    asked = publishing.ask_if_needed(look=True)
    assert asked is not None and asked.why == "The index was damaged: terms.json"


def test_what_is_built_again_is_opened_again(published: str, settings: Any) -> None:
    before = wiring.library(dense=False)
    (settings.INDEX / published / "passages.jsonl").write_text("{}")
    build(actions.in_force(), None, settings.INDEX, terms=search_terms(wiring.formulary(), wiring.glossary()))
    after = wiring.library(dense=False)
    assert after.digest == published and after is not before and wiring.library(dense=False) is after


def test_a_failed_publication_is_asked_for_again_after_a_while(published: str) -> None:
    failed = publishing.ask("Withdrawn", by="system:test")
    Publication.objects.update(state=PublicationState.FAILED, ended_at=timezone.now())
    assert publishing.ask_if_needed() is None, "not at once"
    Publication.objects.update(ended_at=timezone.now() - 2 * publishing.MEND)
    asked = publishing.ask_if_needed()
    assert asked is not None and asked != failed and asked.why == "The last publication failed"


def test_a_builder_that_dies_again_and_again_is_told(published: str) -> None:
    asked = publishing.ask("Approved", by="system:test")
    Publication.objects.update(attempts=3)
    assert publishing.work(asked.pk) == "failed"
    asked.refresh_from_db()
    assert asked.state == "failed" and "stopped 3 times" in asked.fault


def test_the_sweeper_has_an_index_of_another_embedder_built_again(published: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    SourceVersion.objects.filter(pk__in=[one.pk for one in actions.due()]).update(state=VersionState.PUBLISHED)
    build(actions.in_force(), HashEmbedder(), settings.INDEX)
    monkeypatch.setattr(wiring, "embedder", HashEmbedder)
    assert publishing.ask_if_needed() is None
    monkeypatch.setattr(wiring, "embedder", lambda: HashEmbedder("hash-2"))
    assert publishing.ask_if_needed() is not None


def test_an_embedder_that_cannot_be_named_does_not_stop_the_sweeper(published: str, settings: Any) -> None:
    settings.EMBEDDER = "none-of-this-name"
    wiring.embedder.cache_clear()
    assert wiring.index_stands()
    wiring.embedder.cache_clear()


def test_a_hospital_that_has_published_nothing_has_lost_nothing(db: None, tmp_path: Any, settings: Any) -> None:
    settings.INDEX = tmp_path / "index"
    assert publishing.ask_if_needed() is None
