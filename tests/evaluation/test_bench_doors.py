"""`manage.py bench`: options belong to their benchmark, absent data is said, the corpus bench counts what it cut."""

from __future__ import annotations

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from clinic.evaluation import bench_corpus

RECORD = {
    "id": "ngc-1",
    "title": "Stroke prevention",
    "developer": "A society",
    "year": "2012",
    "major_recommendations": "- We recommend apixaban for adults with atrial fibrillation.\n- We suggest warfarin where it is not tolerated.",
    "contraindications": "Active bleeding.",
}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["safety", "--passages", "10"], "--passages belongs to bench index"),
        (["index", "--data", "."], "--data belongs to bench corpus"),
        (["corpus", "--short"], "--short belongs to bench inference"),
        (["corpus", "--data", "nowhere"], "is absent"),
    ],
)
def test_a_stray_option_or_absent_data_is_said(options: list[str], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        call_command("bench", *options)


def test_an_index_without_vectors_says_what_to_do(db: None) -> None:
    with pytest.raises(CommandError, match="publish the index first"):
        call_command("bench", "index", "--passages", "10")


def test_the_corpus_is_cut_embedded_and_searched_and_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_corpus, "apart", lambda act, *given: act(*given))
    folder = tmp_path / bench_corpus.FOLDER
    folder.mkdir()
    with gzip.open(folder / "guidelines.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps({**RECORD, "id": f"ngc-{n}"}) + "\n" for n in range(4))
    first, again = (_corpus(tmp_path) for _ in range(2))
    assert (first["passages"], first["recommendations"]) == (12, 8)
    assert first["texts"] == first["embedded"] == 3, "what reads alike is embedded once"
    assert again["embedded"] == 0 and not again["degraded"]
    assert all(first[name] > 0 for name in ("embedded_per_s", "disk_mib", "hybrid_ms_p95", "without_embedding_ms_p95", "lexical_ms_p50"))


def _corpus(data: Path) -> dict[str, Any]:
    out = StringIO()
    call_command("bench", "corpus", "--data", str(data), "--work", str(data / "work"), "--json", stdout=out, stderr=StringIO())
    return dict(json.loads(out.getvalue()))
