"""A published index generation, opened read-only and searched: dense and lexical, fused, then filtered for relevance."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval import generation
from retrieval.build import lexical_tokens
from retrieval.embedding import query_vector
from retrieval.errors import GenerationDamaged, GenerationMissing
from retrieval.fusion import blend
from retrieval.lexical import FILES, Bm25, index
from retrieval.passage_file import PassageFile
from retrieval.query import Expander, Query
from retrieval.relevance import Held, Relevance
from retrieval.types import Embedder, Hit, Passage, UnitKind

if TYPE_CHECKING:
    from retrieval.store import Store

log = logging.getLogger(__name__)

DEPTH = 120
"""Places of each ranking that take part in the fusion."""

DEEPER = 5
"""Times deeper where only one language is wanted, since the others fill the rankings too."""

WEIGHTS = {"dense": 0.5, "lexical": 0.5}
FLOORS = {"lexical": 0.0}
"""No word of the query counts nothing; the least similar of the ranking counts nothing."""

PREFERRED = 1.25
"""A recommendation's score is raised by this factor: it is what a decision can rest on."""

FOREIGN = 0.75
"""Factor for a passage in another language than the query's."""


class Mode(StrEnum):
    """Which searchers take part."""

    HYBRID = "hybrid"
    DENSE = "dense"
    LEXICAL = "lexical"


class IndexLibrary:
    """The Library of one generation. `degraded` says that search is lexical only."""

    def __init__(
        self, digest: str, passages: PassageFile, bm25: Bm25, expander: Expander, embedder: Embedder | None, store: Store | None
    ) -> None:
        self.digest = digest
        self._passages = passages
        self._bm25, self._expander, self._embedder, self._store = bm25, expander, embedder, store
        self._blind = passages.not_english()

    @property
    def degraded(self) -> bool:
        """Whether the dense side is missing, so that results rest on words alone."""
        return self._store is None

    def __len__(self) -> int:
        return len(self._passages)

    def passage(self, passage_id: str) -> Passage | None:
        """By id."""
        place = self._passages.place(passage_id)
        return None if place is None else self._passages[place]

    def passages(self) -> Sequence[Passage]:
        """All, by id; each is read when asked for."""
        return self._passages

    def search(
        self, query: str, limit: int = 12, language: str | None = None, *, mode: Mode = Mode.HYBRID, relevant_only: bool = True
    ) -> list[Hit]:
        """Best first; fewer than `limit`, or none, where little is relevant. `language` keeps only sources in that language."""
        read = self._expander.read(query)
        if limit <= 0 or not (read.weights or read.dense):
            return []
        depth = max(DEPTH, 2 * limit) * (DEEPER if language else 1)
        lexical = self._of(language, self._lexical(read, depth) if mode is not Mode.DENSE else {})
        blind = mode is Mode.LEXICAL or bool(language and not language.startswith("en"))
        dense = self._of(language, {} if blind else self._dense(read, depth))
        places = {name: {one: n for n, one in enumerate(scores, start=1)} for name, scores in (("dense", dense), ("lexical", lexical))}
        relevance = Relevance(dense, lexical, partial(self._held, read), self._blind)
        hits: list[Hit] = []
        seen = set()
        for passage, score in self._fused(dense, lexical, read.language):
            if len(hits) == limit:
                break
            if relevant_only and not relevance.keeps(passage.id):
                continue
            own = score / (1.0 if passage.language.startswith(read.language) else FOREIGN)
            if relevant_only and hits and read.language == "en" and not relevance.near(passage.id, own / hits[0].score):
                continue
            if (said := " ".join(passage.text.casefold().split())) not in seen:
                seen.add(said)
                dense_rank, lexical_rank = (places[name].get(passage.id, 0) for name in ("dense", "lexical"))
                hits.append(Hit(passage=passage, score=score, dense_rank=dense_rank, lexical_rank=lexical_rank))
        return hits

    def close(self) -> None:
        """Lets go of the vector store."""
        if self._store:
            self._store.close()

    def _lexical(self, read: Query, depth: int) -> dict[str, float]:
        return {self._passages.id(n): score for n, score in self._bm25.top(read.weights, depth)}

    def _dense(self, read: Query, depth: int) -> dict[str, float]:
        """Cosine similarity by id, best first; empty (and from then on degraded) if the store fails."""
        if self._store is None or self._embedder is None or not read.dense:
            return {}
        try:
            return dict(self._store.nearest(query_vector(self._embedder, read.dense), min(depth, len(self._passages))))
        except Exception:
            log.exception("vector search failed; searching by words alone")
            self._store = None
            return {}

    def _of(self, language: str | None, scores: dict[str, float]) -> dict[str, float]:
        """The scores of passages in one language, so that these are judged against the best of their own."""
        return {one: score for one, score in scores.items() if self._known(one).language.startswith(language)} if language else scores

    def _fused(self, dense: dict[str, float], lexical: dict[str, float], language: str) -> list[tuple[Passage, float]]:
        """Passages best first, of equals the newest; recommendations and the query's own language preferred."""
        searchers = {"dense": _sighted(dense, lexical, self._blind), "lexical": lexical} if dense else {"lexical": lexical}
        scored = []
        for passage_id, score in blend(searchers, WEIGHTS, FLOORS):
            passage = self._known(passage_id)
            score *= PREFERRED if passage.kind is UnitKind.RECOMMENDATION else 1.0
            score *= 1.0 if passage.language.startswith(language) else FOREIGN
            scored.append((passage, score))
        scored.sort(key=lambda pair: pair[0].id)
        scored.sort(key=lambda pair: (pair[1], pair[0].effective), reverse=True)
        return scored

    def _known(self, passage_id: str) -> Passage:
        """A passage that a searcher of this very generation has named."""
        passage = self.passage(passage_id)
        if passage is None:
            raise GenerationDamaged(f"{self.digest}: its searchers name the passage {passage_id}, which it lacks. Build the index again.")
        return passage

    def _held(self, read: Query, passage_id: str) -> Held:
        """How much of the query the passage holds, in the reading that fits it best."""
        place = self._passages.place(passage_id)
        best = Held(0.0, 0.0)
        for reading in read.readings:
            rarity = {token: self._bm25.rarity(token) for token in reading}
            mass = sum(weight for token, weight in rarity.items() if place is not None and self._bm25.holds(place, token))
            if mass:
                best = max(best, Held(mass / sum(rarity.values()), mass / self._bm25.rarity("")))
        return best


def open_library(root: Path, embedder: Embedder | None) -> IndexLibrary:
    """Opens the published generation; lexical only, never an exception, if its vectors are gone or made by another embedder."""
    digest = generation.current(root)
    if not digest:
        raise GenerationMissing(f"No index has been published in {root.name}. Build the index.")
    folder = root / digest
    manifest = generation.read_manifest(folder)
    passages, terms = generation.read_contents(folder, manifest)
    expander = Expander(terms)
    bm25 = _bm25(folder, manifest, passages, expander)
    return IndexLibrary(digest, passages, bm25, expander, embedder, _store(folder, manifest, embedder))


def _bm25(folder: Path, manifest: generation.Manifest, passages: Sequence[Passage], expander: Expander) -> Bm25:
    """From disk, or made again from the passages if its files are damaged."""
    try:
        if not generation.damaged(folder, manifest, FILES):
            return Bm25.load(folder)
    except (OSError, ValueError):
        pass
    log.warning("lexical files of generation %s are damaged; made again in memory", folder.name)
    return index(lexical_tokens(passage, expander) for passage in passages)


def _store(folder: Path, manifest: generation.Manifest, embedder: Embedder | None) -> Store | None:
    if embedder is None:
        return None
    if manifest.embedder != embedder.digest:
        log.warning("generation %s was embedded by another model; searching by words alone", folder.name)
        return None
    from retrieval import store

    vectors = [name for name in manifest.files if name.startswith(store.FOLDER + "/")]
    try:
        if bad := generation.damaged(folder, manifest, vectors):
            raise ValueError(f"{bad[0]} is not what was built")
        return store.Store(folder, embedder, manifest.count)
    except Exception as error:
        log.warning("vectors of generation %s cannot be opened (%s); searching by words alone", folder.name, error)
        return None


def _sighted(dense: dict[str, float], lexical: dict[str, float], blind: frozenset[str]) -> dict[str, float]:
    """The similarities, with the passages that the embedder cannot read put as near the best as the words put them."""
    best, last = max(dense.values()), min(dense.values())
    top = max(lexical.values(), default=0.0)
    seen = {found: score for found, score in dense.items() if found not in blind}
    return seen | {found: last + (best - last) * score / top for found, score in lexical.items() if found in blind}
