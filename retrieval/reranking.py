"""How well each passage answers a question, read together with it by a cross-encoder from a local folder; the network never."""

from __future__ import annotations

import threading
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.embedding import offline
from retrieval.errors import RerankerInvalid

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder


class CrossEncoderReranker:
    """Scores from 0 to 1 with one number a pair. Safe to use from several threads; loaded at the first score."""

    def __init__(self, folder: Path, digest: str, *, context: int = 512, batch: int = 16, threads: int = 1) -> None:
        """`context`: tokens of question and passage together; what is longer is cut at the passage's end."""
        if not any(folder.glob("*.safetensors")):
            raise RerankerInvalid(f"No model weights in {folder}. Import the reranker again with `manage.py models import NAME FOLDER`.")
        self.digest = digest
        self._folder, self._context, self._batch, self._threads = folder, context, batch, threads
        self._lock = threading.Lock()

    def score(self, query: str, texts: list[str]) -> list[float]:
        """One number for each text, the higher the nearer to an answer."""
        if not texts:
            return []
        with self._lock:
            scores = self._model.predict([(query, text) for text in texts], batch_size=self._batch, show_progress_bar=False)
        listed: list[float] = scores.tolist()
        return listed

    @cached_property
    def _model(self) -> CrossEncoder:
        offline(self._threads)
        import torch
        from sentence_transformers import CrossEncoder

        model: CrossEncoder = CrossEncoder(
            str(self._folder),
            device="cpu",
            local_files_only=True,
            trust_remote_code=False,
            model_kwargs={"use_safetensors": True},
            max_length=self._context,
            activation_fn=torch.nn.Sigmoid(),
        )
        if model.num_labels != 1:
            raise RerankerInvalid(f"The model in {self._folder} gives {model.num_labels} numbers a pair: it is no reranker. Choose another.")
        return model
