"""How many threads a model gets, where nobody says."""

from __future__ import annotations

import os

from inference.options import SMALL, default_threads


def test_a_small_model_is_computed_by_one_thread() -> None:
    assert default_threads(4_000_000) == 1


def test_a_large_one_gets_every_core_it_may_use() -> None:
    assert default_threads(SMALL) == len(os.sched_getaffinity(0))
