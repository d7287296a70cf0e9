"""`manage.py bench`: options belong to their benchmark, absent data is said, the corpus bench counts what it cut."""

from __future__ import annotations

import gzip
import json
from io import StringIO
from pathlib import Path

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


def test_the_corpus_is_cut_and_indexed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_corpus, "EMBEDDED", 2)
    folder = tmp_path / bench_corpus.FOLDER
    folder.mkdir()
    with gzip.open(folder / "guidelines.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps({**RECORD, "id": f"ngc-{n}"}) + "\n" for n in range(4))
    out = StringIO()
    call_command("bench", "corpus", "--data", str(tmp_path), "--json", stdout=out, stderr=StringIO())
    found = json.loads(out.getvalue())
    assert (found["passages"], found["recommendations"]) == (12, 8)
    assert all(found[name] > 0 for name in ("indexed_per_s", "embedded_per_s", "resident_mib"))
