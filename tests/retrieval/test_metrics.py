"""Metrics by hand, and the evaluation suite end to end."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import pytest

from retrieval.bench import search_times
from retrieval.errors import SourceInvalid
from retrieval.evaluate import evaluate_retrieval
from retrieval.metrics import interval, ndcg, percentile, recall, reciprocal_rank
from tests.retrieval.cast import HashEmbedder


def test_it_works_by_hand() -> None:
    grades = {"a": 2.0, "b": 1.0, "c": 0.0}
    assert ndcg(["a", "b"], grades) == 1.0
    assert ndcg(["b", "x", "a"], grades) == pytest.approx((1 + 2 / math.log2(4)) / (2 + 1 / math.log2(3)))
    assert recall(["x", "a"], grades, 2) == 0.5
    assert reciprocal_rank(["c", "x", "b"], grades) == pytest.approx(1 / 3)
    assert (ndcg(["a"], {}), recall(["a"], {}, 10), reciprocal_rank([], grades)) == (0.0, 0.0, 0.0)


def test_intervals_and_percentiles() -> None:
    low, high = interval([0.0, 1.0] * 50)
    assert 0.35 < low < 0.5 < high < 0.65
    assert percentile([3, 1, 2, 4], 0.5) == 3 and percentile([], 0.5) == 0.0


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path, Path]:
    corpus, queries, qrels = tmp_path / "corpus.jsonl", tmp_path / "queries.jsonl", tmp_path / "qrels.tsv"
    documents = [
        {"id": "d1", "title": "Apixaban", "text": "Stroke in atrial fibrillation."},
        {"id": "d2", "text": "Fever in pneumonia."},
        {"_id": "d3", "text": "심방세동"},
    ]
    corpus.write_text("".join(json.dumps(one) + "\n" for one in documents), encoding="utf-8")
    queries.write_text('{"id": "q1", "text": "apixaban for stroke"}\n{"id": "q2", "text": "심방세동"}\n', encoding="utf-8")
    qrels.write_text("query-id\tdoc-id\tgrade\nq1\td1\t1\nq2\td3\t1\n", encoding="utf-8")
    return corpus, queries, qrels


@pytest.mark.parametrize("mode", ["hybrid", "lexical", "dense"])
def test_the_suite_runs_in_each_mode(files: tuple[Path, Path, Path], tmp_path: Path, mode: str) -> None:
    told: list[tuple[str, int, int]] = []
    figures = evaluate_retrieval(*files, mode, tmp_path / "run.tsv", HashEmbedder(), progress=lambda *step: told.append(step))
    assert figures["documents"] == 3 and figures["judged_queries"] == 2
    assert mode == "dense" or figures["ndcg@10"] == 1.0
    assert told[-1] == ("searching", 2, 2)
    assert all(len(line.split("\t")) == 3 for line in (tmp_path / "run.tsv").read_text().splitlines())


def test_an_interrupted_run_goes_on(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    run = tmp_path / "run.tsv"
    first = evaluate_retrieval(*files, "lexical", run, None)
    whole = run.read_text()
    run.write_text(whole[: whole.rindex("q2")] + "q2\td")
    assert evaluate_retrieval(*files, "lexical", run, None)["ndcg@10"] == first["ndcg@10"]
    assert run.read_text() == whole


def test_without_judgements_it_only_answers(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    assert "ndcg@10" not in evaluate_retrieval(files[0], files[1], None, "lexical", tmp_path / "run.tsv", None)


def test_bad_input_is_named(files: tuple[Path, Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs an embedder"):
        evaluate_retrieval(*files, "hybrid", tmp_path / "run.tsv", None)
    files[1].write_text('{"id": "q1"}\n')
    with pytest.raises(SourceInvalid, match="without `id` or `text`"):
        evaluate_retrieval(*files, "lexical", tmp_path / "run.tsv", None)
    files[0].write_text("{}\nnot json\n")
    with pytest.raises(SourceInvalid, match="line 2"):
        evaluate_retrieval(*files, "lexical", tmp_path / "run.tsv", None)


def test_the_clock_tells_median_and_tail_of_each_way_after_a_warm_up() -> None:
    asked: list[str] = []
    found = search_times({"hybrid": asked.append, "lexical": lambda query: time.sleep(0.01)}, ["a", "b"], rounds=2)
    assert asked == ["a", "a", "b", "a", "b"]
    assert found["lexical_ms_p95"] >= found["lexical_ms_p50"] >= 10 and found["hybrid_ms_p50"] >= 0
