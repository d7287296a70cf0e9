"""The one place that names concrete machinery: which library, formulary, engine and dialect a consult is handed.

Everything is opened once a process and lazily; the web process asks for the formulary and the lexical library only, and so
imports neither torch nor llama.cpp.
"""

from __future__ import annotations

import logging
import time
from functools import cache, lru_cache
from pathlib import Path

from django.conf import settings

from clinic.reasoning.tools import Tools
from inference.types import Engine
from retrieval.types import Embedder, Formulary, Glossary, Library

log = logging.getLogger(__name__)


@cache
def formulary() -> Formulary:
    from retrieval.formulary import load_formulary

    return load_formulary(settings.FIXTURES / "drugs")


@cache
def glossary() -> Glossary:
    from retrieval.glossary import load_glossary

    return load_glossary(settings.FIXTURES / "glossary")


@cache
def embedder() -> Embedder:
    from retrieval.embedding import MiniLmEmbedder

    return MiniLmEmbedder()


def library(dense: bool = True) -> Library:
    """The published index generation. `dense=False` never loads an embedder: for the web process."""
    from retrieval.library import current_generation

    return _library(current_generation(settings.INDEX), dense)


@lru_cache(maxsize=4)
def _library(generation: str, dense: bool) -> Library:
    from retrieval.library import open_library

    return open_library(settings.INDEX, embedder() if dense else None, glossary=glossary())


@cache
def engine() -> Engine:
    """The engine of the settings: the model host beside us, or an OpenAI-compatible server."""
    from inference.engine import open_engine

    return open_engine(settings.ENGINE_URL or f"unix://{settings.MODEL_SOCKET}")


def tools(dense: bool = True, use: Engine | None = None) -> Tools:
    """What a consult is handed."""
    from models import dialect

    shelf = library(dense)
    return Tools(
        search=lambda query, limit: shelf.search(query, limit),
        index_digest=shelf.digest,
        formulary=formulary(),
        glossary=glossary(),
        engine=use or engine(),
        clock=time.monotonic,
        dialect=dialect,
    )


def warm() -> None:
    """Loads what a worker needs before its first consult."""
    started = time.monotonic()
    for part in (formulary, glossary, embedder):
        part()
    library().search("warm up", 1)
    log.info("library, formulary and embedder ready in %.1f s", time.monotonic() - started)


def socket() -> Path:
    return Path(settings.MODEL_SOCKET)
