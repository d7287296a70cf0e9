"""The vectors of a generation in Chroma. No other file knows Chroma; its server, default embedder and telemetry are never used.

Chroma writes to its files, the graph too, even when it only opens them: a link instead of a copy would damage the generation. A published
generation is never written, so a reader opens a private copy (a view, removed at close or by the next reader once its owner is dead); any
number of processes can read one generation at once.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from retrieval.retriever import LangChainEmbeddings
from retrieval.types import Embedder

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection as ChromaCollection
    from langchain_chroma import Chroma

FOLDER = "chroma"
_COLLECTION = "passages"
_BATCH = 1000
_VIEW = "consilium-view-"
_CONFIGURATION = {"hnsw": {"space": "cosine", "ef_construction": 200, "ef_search": 200, "max_neighbors": 32}}


MOST_GROWN = 0.25
"""Share of vectors added or removed after which a collection is written from nothing: what is removed stays in the graph as a dead end."""


def write(folder: Path, vectors: Mapping[str, NDArray[np.float32]]) -> None:
    """Creates the collection under `folder` from vectors by passage id."""
    client = _client(folder / FOLDER)
    try:
        collection = client.create_collection(_COLLECTION, embedding_function=None, configuration=_CONFIGURATION)  # type: ignore[arg-type]
        _add(collection, vectors)
    finally:
        client.close()  # type: ignore[attr-defined]


def grow(folder: Path, vectors: Mapping[str, NDArray[np.float32]], old: Path, known: Collection[str]) -> None:
    """The same from the collection of an older generation, which holds `known`: only what differs is written."""
    shutil.copytree(old / FOLDER, folder / FOLDER)
    client = _client(folder / FOLDER)
    try:
        collection = client.get_collection(_COLLECTION, embedding_function=None)
        gone = [one for one in known if one not in vectors]
        for start in range(0, len(gone), _BATCH):
            collection.delete(ids=gone[start : start + _BATCH])
        _add(collection, {one: vector for one, vector in vectors.items() if one not in known})
        if (found := collection.count()) != len(vectors):
            raise ValueError(f"{found} vectors where {len(vectors)} belong")
    finally:
        client.close()  # type: ignore[attr-defined]


def _add(collection: ChromaCollection, vectors: Mapping[str, NDArray[np.float32]]) -> None:
    ids = list(vectors)
    for start in range(0, len(ids), _BATCH):
        some = ids[start : start + _BATCH]
        collection.add(ids=some, embeddings=np.stack([vectors[one] for one in some]), documents=some)


class Store:
    """Nearest passages by vector, from a private view of one generation."""

    def __init__(self, folder: Path, embedder: Embedder, count: int) -> None:
        """Raises whatever Chroma raises when the files are gone or damaged; `count` vectors must be there."""
        if not (folder / FOLDER / "chroma.sqlite3").is_file():
            raise FileNotFoundError(folder / FOLDER)
        sweep()
        view = Path(tempfile.mkdtemp(prefix=_VIEW))
        handle = os.open(view / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_SH)
        self._close = weakref.finalize(self, _remove, view, handle)
        shutil.copytree(folder / FOLDER, view / FOLDER)
        self._client = _client(view / FOLDER)
        self._chroma = _chroma(self._client, embedder)
        if (found := self._chroma._collection.count()) != count:
            raise ValueError(f"{found} vectors where {count} belong")

    def nearest(self, vector: list[float], limit: int) -> list[tuple[str, float]]:
        """(passage id, cosine similarity) best first."""
        found = self._chroma.similarity_search_by_vector_with_relevance_scores(vector, k=limit)
        return [(document.page_content, 1.0 - distance) for document, distance in found]

    def close(self) -> None:
        """Lets go of the view."""
        self._client.close()  # type: ignore[attr-defined]
        self._close()


def sweep() -> None:
    """Removes views whose owner has died; a living owner holds the lock."""
    for view in Path(tempfile.gettempdir()).glob(f"{_VIEW}*"):
        try:
            handle = os.open(view / "lock", os.O_RDWR)
        except OSError:
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(view, ignore_errors=True)
        except OSError:
            pass
        finally:
            os.close(handle)


def _client(path: Path) -> ClientAPI:
    os.environ["ANONYMIZED_TELEMETRY"] = "False"
    import chromadb
    from chromadb.config import Settings

    return chromadb.PersistentClient(path=str(path), settings=Settings(anonymized_telemetry=False, allow_reset=False))


def _chroma(client: ClientAPI, embedder: Embedder) -> Chroma:
    from langchain_chroma import Chroma

    return Chroma(
        collection_name=_COLLECTION, client=client, embedding_function=LangChainEmbeddings(embedder), create_collection_if_not_exists=False
    )


def _remove(view: Path, handle: int) -> None:
    shutil.rmtree(view, ignore_errors=True)
    os.close(handle)
