"""The one place that names concrete machinery: which library, formulary, engine and dialect a consult is handed.

Everything is opened once a process and lazily; the web process asks for the formulary and the lexical library only, and so
imports neither torch nor llama.cpp.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from clinic.reasoning.tools import Tools
from inference.types import Effort, Engine
from models.catalogue import Card
from retrieval.diseases import Diseases, load_diseases
from retrieval.drug_index import load_index
from retrieval.formulary import DrugTable, load_formulary
from retrieval.glossary import TermTable, load_glossary
from retrieval.mechanisms import load_mechanisms
from retrieval.types import Embedder, Hit, Library, Passage, Reranker

if TYPE_CHECKING:
    from retrieval.build import Vectors

log = logging.getLogger(__name__)

SERVER_CONTEXT = 32768
"""Tokens of a model server that does not say how many it takes."""
RERANKED = 512
"""Tokens of question and passage that a reranker reads: passages are shorter, and time grows with the square."""


def formulary() -> DrugTable:
    """The demonstration's drug records with the hospital's own over them, read again when one of its files changes."""
    own = sorted((path.name, (stat := path.stat()).st_mtime_ns, stat.st_size) for path in settings.DRUGS.glob("*.yaml"))
    return _formulary(settings.DRUGS, tuple(own))


@lru_cache(maxsize=2)
def _formulary(own: Path, stamp: tuple[tuple[str, int, int], ...]) -> DrugTable:
    mechanisms = load_mechanisms(settings.FIXTURES / "interactions" / "mechanisms.yaml")
    index = load_index(settings.FIXTURES / "drug_index")
    return load_formulary(settings.FIXTURES / "drugs", mechanisms, own if stamp else None, index)


@cache
def glossary() -> TermTable:
    return load_glossary(settings.FIXTURES / "glossary")


@cache
def diseases() -> Diseases:
    return load_diseases(settings.FIXTURES / "diseases" / "kinds.yaml")


@cache
def embedder() -> Embedder:
    """The embedder of the settings. One that is imported is compared with its pinned digest first."""
    from models import catalogue
    from retrieval.embedding import Prefixes, SentenceEmbedder, packaged

    card = catalogue.read(settings.EMBEDDER)
    if card.package:
        return packaged()
    folder = imported(card, "embed")
    return SentenceEmbedder(folder, card.dimensions, prefixes=Prefixes(card.query_prefix, card.passage_prefix), digest=card.sha256)


@cache
def reranker() -> Reranker | None:
    """The reranker of the settings, or none."""
    from models import catalogue
    from retrieval.reranking import CrossEncoderReranker

    if not settings.RERANKER:
        return None
    card = catalogue.read(settings.RERANKER)
    return CrossEncoderReranker(imported(card, "rerank"), card.sha256, context=min(card.context, RERANKED))


def imported(card: Card, kind: str) -> Path:
    """The folder of an embedder or reranker; raises where it is of another kind, not there, or not the one that was pinned."""
    from models import folders

    if card.kind != kind:
        raise ImproperlyConfigured(f"{card.name} is a model to {card.kind}, not to {kind}. `manage.py models list` shows the kinds.")
    return folders.compared(card)


ROWS: list[Callable[[], Sequence[Passage]]] = []
"""Gives every passage in force; the app that keeps the rows says how, when Django starts."""
_opened: dict[bool, Library] = {}


def library(dense: bool = True) -> Library:
    """The published index generation. `dense=False` never loads an embedder: for the web process.

    Where the generation is gone the one opened last serves on, and a process that has opened none searches the rows by words alone,
    until the sweeper has had the index built again.
    """
    from retrieval.errors import GenerationDamaged, GenerationMissing
    from retrieval.generation import stamp

    try:
        _opened[dense] = _library(stamp(settings.INDEX), dense)
    except (GenerationMissing, GenerationDamaged) as error:
        if dense not in _opened:
            if not ROWS:
                raise
            log.error("searching the rows by words alone: %s", error)
            _opened[dense] = _library_of_rows()
    return _opened[dense]


@lru_cache(maxsize=4)
def _library(generation: tuple[str, int, int], dense: bool) -> Library:
    from retrieval.library import open_library

    return open_library(settings.INDEX, embedder() if dense else None)


def index_stands() -> bool:
    """Whether a generation is published, all its files are there, and the embedder of the settings made it, where that can be named."""
    from retrieval.errors import RetrievalError
    from retrieval.generation import standing

    try:
        wanted = embedder().digest
    except (RetrievalError, ImproperlyConfigured, LookupError, ValueError):
        wanted = ""  # whoever has to embed will say so
    return standing(settings.INDEX, wanted)


def index_damage() -> list[str]:
    """Files of the published generation that are not what was built; reads all of them."""
    from retrieval.generation import spoilt

    return spoilt(settings.INDEX)


def close_library() -> None:
    """Forgets what was opened."""
    _library.cache_clear()
    _opened.clear()


def _library_of_rows() -> Library:
    """A lexical generation of its own, whose files vanish with the process."""
    from retrieval.build import build
    from retrieval.collection import search_terms
    from retrieval.library import open_library

    with TemporaryDirectory(prefix="consilium-rows-") as folder:
        build([one for rows in ROWS for one in rows()], None, Path(folder), terms=search_terms(formulary(), glossary()))
        return open_library(Path(folder), None)


@lru_cache(maxsize=32)
def engine(model: str = "") -> Engine:
    """The engine that writes with this model and no other: its host beside us, or an OpenAI-compatible server. Default: the settings' model."""
    from inference.engine import open_engine
    from inference.wire import socket_path

    name = model or default_model()
    if settings.ENGINE_URL:
        context = settings.CONTEXT or SERVER_CONTEXT
        return open_engine(settings.ENGINE_URL, model=name, key=settings.ENGINE_KEY, ca=settings.ENGINE_CA, context=context)
    return open_engine(f"unix:{socket_path(settings.SOCKETS, name)}")


def tools(dense: bool = True, use: Engine | None = None, effort: Effort = Effort.HIGH) -> Tools:
    """What a consult is handed. `use`: the engine; default, that of the settings."""
    from clinic.knowledge import standing
    from models import dialect
    from retrieval.reranked import reranked

    shelf, second = library(dense), reranker() if dense else None

    def search(query: str, limit: int) -> list[Hit]:
        return standing.search(shelf, query, limit)

    return Tools(
        search=reranked(search, second) if second else search,
        index_digest=f"{shelf.digest} {second.digest[:16]}" if second else shelf.digest,
        formulary=formulary(),
        glossary=glossary(),
        engine=use or engine(),
        clock=time.monotonic,
        dialect=dialect,
        effort=effort,
    )


@contextmanager
def engine_at_hand(model: str = "") -> Iterator[Engine]:
    """The running engine of the model; or, from the shell with no host running, one of its own for as long as it is needed."""
    if settings.ENGINE_URL or engine(model).ready():
        yield engine(model)
        return
    from inference.engine import open_engine
    from inference.supervisor import Supervisor

    with TemporaryDirectory(prefix="consilium-") as folder, Supervisor(card(model).reference, Path(folder)) as host:
        yield open_engine(f"unix:{host.socket}")


def default_model() -> str:
    """What a kind is put to while nobody has chosen: the model of the settings by its name, known or not. `bundled` is the demonstration model."""
    from models import catalogue

    if settings.ENGINE_URL:
        return settings.MODEL
    if Path(settings.MODEL).suffix == ".toml":
        return catalogue.read(settings.MODEL).name
    with suppress(LookupError):
        return catalogue.default().name if settings.MODEL == "bundled" else settings.MODEL
    return settings.MODEL


def cards(fresh: bool = False) -> dict[str, Card]:
    """Every model by name, with a card of the hospital's own where the settings name one. `fresh`: see what another process has imported."""
    from models import catalogue

    if fresh:
        catalogue.cards.cache_clear()
    own = [catalogue.read(settings.MODEL)] if Path(settings.MODEL).suffix == ".toml" else []
    return {**catalogue.cards(), **{one.name: one for one in own}}


def card(model: str = "") -> Card:
    """All that is known of a model: what it can and cannot do, its measured figures. Raises UnknownModel. Default: the settings' model."""
    from models import catalogue

    name = model or default_model()
    return cards().get(name) or catalogue.chosen(name)


def weights_of(card: Card) -> Path | None:
    """The card's weights file, where it is here; None where it is not, or where it has none."""
    from models import catalogue

    path = catalogue.weights_path(card) if card.file else None
    return path if path and path.exists() else None


def publish_index(progress: Callable[[int, int], None]) -> Callable[[Sequence[Passage], Vectors], str]:
    """The builder of index generations, with the search terms of this hospital."""
    from retrieval.build import build, prune
    from retrieval.collection import search_terms
    from retrieval.errors import BuildBusy

    def publish(passages: Sequence[Passage], vectors: Vectors) -> str:
        digest = build(passages, embedder(), settings.INDEX, vectors, terms=search_terms(formulary(), glossary()), progress=progress)
        with suppress(BuildBusy, OSError):  # the next publication removes what this one leaves
            prune(settings.INDEX)
        return digest

    return publish


def warm() -> None:
    """Loads what a worker needs before its first consult."""
    started = time.monotonic()
    for part in (formulary, glossary, embedder):
        part()
    library().search("warm up", 1)
    log.info("library, formulary and embedder ready in %.1f s", time.monotonic() - started)
