"""Public retrieval sets read in place, and the hybrid set beside plain BM25 and the plain embedder on each. Nothing of them is copied."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from retrieval.evaluate import evaluate_retrieval, finished, judgements, read_lines
from retrieval.metrics import interval, ndcg
from retrieval.types import Embedder
from retrieval.vector_cache import CachedEmbedder

MODES = ("lexical", "dense", "hybrid")


class Files(NamedTuple):
    """A set in the shapes of `evaluate_retrieval`."""

    corpus: Path
    queries: Path
    qrels: Path


def _as_it_is(folder: Path, work: Path) -> Files:
    return Files(folder / "corpus.jsonl.gz", folder / "queries.jsonl", folder / "qrels.jsonl")


def _own_recommendations(folder: Path, work: Path) -> Files:
    """A guideline's objective asks for its own recommendations."""
    records = [one for one in read_lines(folder / "guidelines.jsonl.gz") if one.get("objective")]
    said = ("major_recommendations", "contraindications")
    return _paired(work, [(one["id"], one["objective"], "\n".join(one[field] for field in said if one.get(field))) for one in records])


def _own_answer(folder: Path, work: Path) -> Files:
    """A question asks for its own answer."""
    return _paired(work, [(one["_id"], one["question"], one["text"]) for one in read_lines(folder / "answers.jsonl.gz")])


SETS: dict[str, tuple[str, Callable[[Path, Path], Files]]] = {
    "scifact": ("scifact", _as_it_is),
    "nfcorpus": ("nfcorpus", _as_it_is),
    "bioasq": ("bioasq", _as_it_is),
    "guidelines": ("ngc_guidelines", _own_recommendations),
    "medquad": ("medquad", _own_answer),
}
"""Name -> folder within the data, and its reader."""


def compare(name: str, data: Path, work: Path, embedder: Embedder, limit: int | None = None) -> dict[str, object]:
    """One row: the figures of each mode, and the hybrid's gain in nDCG@10 over the better of the others with its paired 95 % interval.

    `work` keeps index, vectors and runs, so that an interrupted comparison goes on. `limit` takes the first questions; never documents.
    """
    folder, read = SETS[name]
    if not (data / folder).is_dir():
        return {"set": name, "skipped": f"{data / folder} is absent. Name the folder of the public sets with --data."}
    work = work / name
    work.mkdir(parents=True, exist_ok=True)
    files = read(data / folder, work)
    cached = CachedEmbedder(embedder, work.parent / "vectors.sqlite3")
    row: dict[str, object] = {"set": name}
    runs: dict[str, Mapping[str, Sequence[str]]] = {}
    for mode in MODES:
        run = work / f"{mode}.tsv"
        row[mode] = evaluate_retrieval(*files, mode, run, cached, root=work / "index", limit=limit)
        runs[mode] = finished(run)
    asked = {str(one.get("id", one.get("_id"))) for one in list(read_lines(files.queries))[:limit]}
    judged = {query: grades for query, grades in judgements(files.qrels).items() if query in asked and any(v > 0 for v in grades.values())}
    gains = {mode: [ndcg(run.get(query, ()), grades) for query, grades in judged.items()] for mode, run in runs.items()}
    better = max(("lexical", "dense"), key=lambda mode: fmean(gains[mode]))
    differences = [a - b for a, b in zip(gains["hybrid"], gains[better], strict=True)]
    low, high = interval(differences)
    return row | {"better_of_the_two": better, "gain": round(fmean(differences), 4), "gain_interval95": [round(low, 4), round(high, 4)]}


def _paired(work: Path, rows: Sequence[tuple[str, str, str]]) -> Files:
    """Files in `work` where each question has one answer, its own."""
    files = Files(work / "corpus.jsonl", work / "queries.jsonl", work / "qrels.jsonl")
    _write(files.corpus, [{"id": name, "text": text} for name, _, text in rows])
    _write(files.queries, [{"id": name, "text": question} for name, question, _ in rows])
    _write(files.qrels, [{"query_id": name, "doc_id": name, "score": 1} for name, _, _ in rows])
    return files


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
