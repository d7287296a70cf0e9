"""The comparison on public sets, over made sets in their shapes."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from retrieval.public_sets import compare
from tests.retrieval.cast import HashEmbedder

RECORDS = [
    {"id": "g1", "objective": "To prevent stroke in atrial fibrillation", "major_recommendations": "Offer apixaban to prevent stroke."},
    {"id": "g2", "objective": "To treat pneumonia", "major_recommendations": "Give amoxicillin.", "contraindications": "Allergy in pneumonia."},
    {"id": "g3", "major_recommendations": "No objective."},
]


def test_each_guideline_answers_its_own_objective(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "ngc_guidelines"
    folder.mkdir(parents=True)
    with gzip.open(folder / "guidelines.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write("".join(json.dumps(one) + "\n" for one in RECORDS))
    row = compare("guidelines", tmp_path / "data", tmp_path / "work", HashEmbedder())
    assert row["hybrid"]["judged_queries"] == 2 and row["lexical"]["ndcg@10"] == 1.0  # type: ignore[index]
    assert row["better_of_the_two"] == "lexical" and row["gain"] == 0.0
    assert compare("guidelines", tmp_path / "data", tmp_path / "work", HashEmbedder())["gain"] == 0.0


def test_absent_data_is_said(tmp_path: Path) -> None:
    assert "absent" in str(compare("scifact", tmp_path, tmp_path / "work", HashEmbedder())["skipped"])
