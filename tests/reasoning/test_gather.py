"""What reaches the model: the patient's own population, each recommendation once, the newer source first, dissent never dropped."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from clinic.reasoning.evidence import Evidence
from clinic.reasoning.gather import gather
from clinic.reasoning.repeats import Repeats
from retrieval.types import Hit, Passage, Strength, UnitKind
from tests.reasoning.builders import Book, Terms, case, dispute, drug, item, passage, plan

BOOK = Book(drug("apixaban", "anticoagulant"), drug("warfarin", "anticoagulant"), drug("aspirin", "antiplatelet"))
TERMS = Terms("atrial fibrillation", "venous thromboembolism", "stroke")
SAID = "In atrial fibrillation with a score of 2 or more give apixaban 5 mg twice daily rather than warfarin to prevent stroke."
COPY = "In atrial fibrillation with a score of 2 or more give apixaban 5 mg twice daily rather than warfarin to prevent a stroke here."


def source(slug: str, text: str, effective: str = "2024-01-01", **fields: object) -> Passage:
    fields = {"conditions": ("atrial fibrillation",), "id": f"{slug}-{effective}-{len(text)}", **fields}
    return passage(text, source=slug, effective=effective, **fields)


def found(passages: Sequence[Passage], **patient: object) -> Evidence:
    """Evidence where search finds all of them, the first the best."""
    hits = [Hit(passage=p, score=1 - n / 100) for n, p in enumerate(passages)]
    about = dispute(plan(item("apixaban")), plan(item("warfarin")), case("atrial fibrillation", **patient), "Which anticoagulant?")
    return gather(about, (), lambda query, most: hits, BOOK, TERMS)


def sources(evidence: Evidence) -> list[str]:
    return [exhibit.passage.source for exhibit in evidence.exhibits]


def test_it_works() -> None:
    evidence = found([source("a", SAID)])
    assert (sources(evidence), evidence.dropped, evidence.elsewhere, evidence.repeated) == (["a"], 0, 0, 0)


def test_what_is_for_other_patients_is_dropped_and_counted() -> None:
    young = source("young", "In children with atrial fibrillation give warfarin.")
    own = source("own", "In adults aged 65 or over with atrial fibrillation give apixaban.")
    unsaid = source("unsaid", SAID)
    evidence = found([young, own, unsaid], age=70)
    assert (sorted(sources(evidence)), evidence.elsewhere, evidence.dropped) == (["own", "unsaid"], 1, 1)


def test_a_patient_of_unknown_age_loses_nothing() -> None:
    assert sources(found([source("young", "In children with atrial fibrillation give warfarin.")], age=None)) == ["young"]


def test_of_two_that_say_the_same_the_newer_source_stays() -> None:
    evidence = found([source("old", SAID, "2019-05-01"), source("new", COPY, "2025-05-01")])
    assert (sources(evidence), evidence.repeated, evidence.dropped) == (["new"], 1, 1)


def test_a_copy_in_prose_gives_way_to_the_recommendation() -> None:
    prose = source("prose", COPY, "2025-05-01", kind=UnitKind.NARRATIVE, strength=Strength.UNGRADED)
    assert sources(found([prose, source("graded", SAID)])) == ["graded"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (SAID.replace("give", "do not give"), "negation"),
        (SAID.replace("5 mg", "2.5 mg"), "dose"),
        (SAID.replace("score of 2", "score of 3"), "threshold"),
        (SAID.replace("twice", "once"), "frequency"),
        (SAID.replace("warfarin", "aspirin"), "drug"),
        (SAID.replace("apixaban", "X").replace("warfarin", "apixaban").replace("X", "warfarin"), "direction"),
        (SAID.replace("atrial fibrillation", "venous thromboembolism"), "condition"),
        (SAID.replace("give", "avoid"), "polarity"),
        (SAID.replace("give", "stop"), "action"),
        (SAID.replace("or more", "or less"), "bound"),
        (SAID.replace("In atrial", "In adults with atrial"), "population"),
        (SAID.replace("rather than", "or"), "choice"),
        (SAID.replace("to prevent", "unless to prevent"), "exception"),
    ],
    ids=lambda value: value if " " not in value else "",
)
def test_what_dissents_is_never_a_repeat(text: str, why: str) -> None:
    evidence = found([source("a", SAID, "2019-05-01"), source("b", text, "2025-05-01", id="b")])
    assert (sorted(sources(evidence)), evidence.repeated) == (["a", "b"], 0), why


def test_on_one_point_the_newer_source_is_shown_first() -> None:
    old, new = source("old", SAID, "2019-05-01"), source("new", SAID.replace("5 mg", "2.5 mg"), "2025-05-01")
    elsewhere = source("other", "Stop aspirin in atrial fibrillation when an anticoagulant is begun.", "2026-01-01")
    assert sources(found([old, new, elsewhere])) == ["new", "old", "other"]


KOREAN = "심방세동에서 점수가 2 이상이면 뇌졸중 예방에 와파린(warfarin)보다 아픽사반(apixaban) 5 mg을 하루 두 번 투여한다."


def translated(text: str = KOREAN, **fields: object) -> Passage:
    return source("a-ko", text, language="ko", id="ko", **{"translation_of": "a", **fields})


@pytest.mark.parametrize(
    ("other", "record", "kept"),
    [
        (translated(), "Palpitations.", ["a"]),
        (translated(), "두근거림.", ["a-ko"]),
        (translated(translation_of=""), "Palpitations.", ["a", "a-ko"]),
        (translated(label="R9"), "Palpitations.", ["a", "a-ko"]),
        (translated(KOREAN.replace("5 mg", "10 mg")), "Palpitations.", ["a", "a-ko"]),
        (translated(KOREAN.replace("투여한다", "투여하지 않는다")), "Palpitations.", ["a", "a-ko"]),
    ],
    ids=["the record's language", "Korean record", "not declared", "another label", "another dose", "denied"],
)
def test_of_a_declared_translation_the_one_in_the_records_language_stays(other: Passage, record: str, kept: list[str]) -> None:
    assert [one.source for one in Repeats(BOOK, TERMS, record).once([source("a", SAID), other])] == kept


@pytest.mark.parametrize("first", [0, 1])
def test_what_is_kept_does_not_hang_on_the_order(first: int) -> None:
    pair = [source("old", SAID, "2019-05-01"), source("new", COPY, "2025-05-01")]
    assert [one.source for one in Repeats(BOOK, TERMS, "").once([pair[first], pair[1 - first]])] == ["new"]
