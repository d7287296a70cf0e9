"""The shell doors refuse what they cannot read, and say what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clinic.evaluation.arbitrate import passage, read_file
from clinic.evaluation.management.commands.evaluate import read_cases
from clinic.evaluation.suites import SUITES, meets, run_case
from clinic.reasoning.intake import Unreadable


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", b"{", "JSON"),
        ("a.yaml", b"a: [", "YAML"),
        ("a.yaml", b"\xff\xfe\x00", "UTF-8"),
        ("a.json", b"[1, 2]", "no object"),
        ("a.json", b'"' + b"x" * 2_000_001 + b'"', "larger"),
    ],
)
def test_bad_file_is_told(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Unreadable, match=says):
        read_file(tmp_path / name)


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="not a file"):
        read_file(tmp_path / "none.json")


def test_given_passage_keeps_exact_spans() -> None:
    made = passage({"id": "p1", "text": "Give 2.5 mg. Do not give 5 mg.", "kind": "recommendation", "strength": "strong"})
    assert [made.text[s.start : s.end] for s in made.sentences] == [s.text for s in made.sentences]
    assert len(made.sentences) == 2


def test_passage_without_text_is_refused() -> None:
    with pytest.raises(Unreadable):
        passage({"id": "p1", "text": " "})


def test_a_failing_case_is_a_line_not_a_stop() -> None:
    line = run_case(SUITES["interactions"], {"id": "1", "a": "apixaban"}, 1)
    assert line["id"] == "1" and "error" in line


def test_interactions_suite_answers() -> None:
    line = run_case(SUITES["interactions"], {"id": "1", "a": "simvastatin", "b": "clarithromycin"}, 1)
    assert line["known"] == [True, True] and line["severity"] == "high" and line["interrupt"]


def test_indications_suite_answers() -> None:
    assert run_case(SUITES["indications"], {"id": "1", "drug": "apixaban", "disease": "AF"}, 1)["label"] == "indicated"


def test_unknown_suites_end_with_code_3() -> None:
    with pytest.raises(SystemExit) as end:
        call_command("evaluate", "triage")
    assert end.value.code == 3


def test_evaluation_without_cases_is_refused() -> None:
    with pytest.raises(CommandError):
        call_command("evaluate", "arbitration")


def test_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.jsonl").write_text(json.dumps({"id": 1}) + "\n{oops\n")
    with pytest.raises(CommandError, match="line 2"):
        list(read_cases(tmp_path / "c.jsonl"))


def test_an_interrupted_run_resumes(tmp_path: Path) -> None:
    cases, out = tmp_path / "c.jsonl", tmp_path / "o.jsonl"
    cases.write_text("".join(json.dumps({"id": str(n), "a": "apixaban", "b": "warfarin"}) + "\n" for n in range(3)))
    out.write_text(json.dumps({"id": "0", "known": [True, True], "severity": "none", "interrupt": False, "marker": 1}) + "\n")
    call_command("evaluate", "interactions", cases=cases, out=out, json=True)
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["0", "1", "2"] and "marker" in lines[0]


@pytest.mark.parametrize(
    ("wanted", "line", "met"),
    [
        ("supports_x", {"type": "advice", "outcome": "supports_x"}, True),
        ("supports_x", {"type": "abstention", "outcome": "supports_x"}, False),
        ("insufficient_evidence", {"type": "abstention", "outcome": "insufficient_evidence"}, True),
        ("insufficient_evidence", {"type": "advice", "outcome": "supports_x"}, False),
        ("time_critical", {"type": "abstention", "reason": "time_critical"}, True),
    ],
)
def test_what_meets_an_expectation(wanted: str, line: dict[str, str], met: bool) -> None:
    assert meets(wanted, line) is met
