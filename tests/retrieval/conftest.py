"""The real embedder, loaded once, and one index built with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from retrieval.build import build
from retrieval.embedding import SentenceEmbedder, packaged
from retrieval.library import IndexLibrary, open_library
from tests.retrieval import cast


@pytest.fixture(scope="session")
def embedder() -> SentenceEmbedder:
    """all-MiniLM-L6-v2 from the installed package."""
    return packaged()


@pytest.fixture(scope="session")
def library(embedder: SentenceEmbedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[IndexLibrary]:
    """The cast's library, with vectors."""
    root: Path = tmp_path_factory.mktemp("index")
    build(cast.passages(), embedder, root, terms=cast.TERMS)
    opened = open_library(root, embedder)
    yield opened
    opened.close()
