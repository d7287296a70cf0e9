"""A small library in SQL and on disk: three guidelines in two languages, one superseded, and the Formulary; no embedder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from clinic import wiring
from clinic.knowledge import actions, queue
from clinic.knowledge.models import PassageRow
from retrieval.build import build
from retrieval.collection import efficacy_documents, search_terms
from retrieval.readers import read

FILES = ("af-anticoagulation.md", "af-anticoagulation@1.md", "h-pylori.md", "h-pylori-ko.md")


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Jobs that would have been put on the broker."""
    kept: list[Any] = []
    monkeypatch.setattr(queue, "send", lambda kind, pk: kept.append(pk) or True)
    return kept


@pytest.fixture
def shelves(db: None) -> None:
    """The sources in SQL."""
    folder = settings.FIXTURES / "guidelines"
    for name in FILES:
        data = (folder / name).read_bytes()
        actions.import_all([(read(data, name), name)], by="system:test")
    apixaban = wiring.formulary().find("apixaban")
    assert apixaban
    actions.import_all([(one, "apixaban") for one in efficacy_documents([apixaban])], by="system:test")
    actions.settle(actions.due())


@pytest.fixture
def published(shelves: None, tmp_path: Path, settings: Any) -> Iterator[str]:
    """The sources published, for search by words."""
    settings.INDEX = tmp_path / "index"
    wiring.close_library()
    yield build(actions.in_force(), None, settings.INDEX, terms=search_terms(wiring.formulary(), wiring.glossary()))
    wiring.close_library()


def passage_id(label: str, version: str = "2", source: str = "af-anticoagulation") -> str:
    """The id of a recommendation."""
    return str(PassageRow.objects.get(version__source=source, version__version=version, body__label=label).pk)
