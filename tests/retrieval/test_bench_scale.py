"""The bench of growth: made values are seeded, near their models and no two alike; its figures come from a real index."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from retrieval import synthetic
from retrieval.bench_scale import bench_scale, sample_of
from tests.retrieval import cast
from tests.retrieval.cast import HashEmbedder


def _vectors(count: int = 40) -> np.ndarray:
    made = np.random.default_rng(0).standard_normal((count, 24)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def test_made_passages_are_seeded_and_no_two_alike() -> None:
    once, again = (list(synthetic.passages(50, cast.passages())) for _ in range(2))
    assert once == again and len({one.id for one in once}) == len({one.source for one in once}) == 50
    assert all(one.text[s.start : s.end] == s.text for one in once for s in one.sentences)


def test_made_vectors_are_unit_and_near_a_real_one() -> None:
    like = _vectors()
    made = synthetic.vectors(200, like)
    assert np.allclose(np.linalg.norm(made, axis=1), 1, atol=1e-5)
    nearest = (made @ like.T).max(axis=1)
    assert nearest.mean() > 0.6 and nearest.max() < 0.9999


@pytest.mark.timeout(240)
def test_every_figure_is_there_and_the_index_finds_what_is_near(tmp_path: Path) -> None:
    embedder = HashEmbedder()
    passages = cast.passages()
    vectors = np.asarray(embedder.embed([one.text for one in passages]), dtype=np.float32)
    sample = sample_of(passages, vectors, ["apixaban in AF", "pneumonia"], cast.TERMS, embedder)
    found = bench_scale(tmp_path, sample, 300)
    assert found["passages"] == 300 and not found["degraded"]
    assert found["recall_of_exact"] > 0.9
    assert all(found[name] > 0 for name in ("build_s", "one_more_s", "open_s", "disk_mib", "hybrid_ms_p50", "lexical_ms_p95", "resident_mib"))
