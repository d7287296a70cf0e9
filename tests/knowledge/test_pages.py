"""The library's pages: who may read, what is found, what is marked, what is said when something is missing."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as product
from django.test import Client
from django.urls import reverse

from clinic import wiring
from clinic.consults import recall
from clinic.consults.models import Consult, ConsultOutcome, State
from clinic.knowledge.models import PassageRow, SourceVersion
from clinic.knowledge.shelves import Asked, pieces
from tests.cast import CAST, as_user
from tests.knowledge.conftest import passage_id

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor() -> Client:
    return as_user("dr-adeyemi")


def addresses() -> list[str]:
    passage = PassageRow.objects.filter(version__source="af-anticoagulation").first()
    assert passage
    return [
        reverse("knowledge:library"),
        reverse("knowledge:source", args=["af-anticoagulation"]),
        reverse("knowledge:passage", args=[passage.pk]),
        reverse("knowledge:drugs"),
        reverse("knowledge:drug", args=["apixaban"]),
    ]


def test_it_works(published: str, doctor: Client) -> None:
    assert [doctor.get(address).status_code for address in addresses()] == [200] * 5


@pytest.mark.parametrize("who", [name for name in CAST if name != "integrator-fhir"])
def test_every_person_may_read_whatever_their_hospital(who: str) -> None:
    assert as_user(who).get(reverse("knowledge:drug", args=["apixaban"])).status_code == 200


def test_an_integration_account_reads_nothing(shelves: None) -> None:
    client = as_user("integrator-fhir")
    assert [client.get(address).status_code for address in addresses()] == [403] * 5


def test_a_stranger_is_sent_to_the_login(shelves: None) -> None:
    assert [Client().get(address).status_code for address in addresses()] == [302] * 5


def test_no_inline_script_or_style_and_a_strict_policy(published: str, doctor: Client) -> None:
    for address in addresses():
        shown = doctor.get(address)
        assert " style=" not in shown.text
        assert "<style" not in shown.text
        assert " onclick=" not in shown.text
        assert "default-src 'none'" in shown["Content-Security-Policy"]


def search(client: Client, **asked: str) -> Any:
    return client.get(reverse("knowledge:library"), asked)


def test_search_finds_a_recommendation(published: str, doctor: Client) -> None:
    shown = search(doctor, q="dabigatran creatinine clearance")
    assert reverse("knowledge:passage", args=[passage_id("R2")]) in shown.text
    assert "<b>dabigatran</b>" in shown.text.lower()


def test_superseded_sources_are_not_found(published: str, doctor: Client) -> None:
    found = search(doctor, q="CHADS2 score aspirin warfarin").context["page"].results.found
    assert found
    assert all(one.passage.version == "2" for one in found if one.passage.source == "af-anticoagulation")


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ({"kind": "table"}, lambda p: p.kind == "table"),
        ({"language": "ko"}, lambda p: p.language == "ko"),
        ({"source": "h-pylori"}, lambda p: p.source == "h-pylori"),
        ({"strength": "conditional"}, lambda p: p.strength == "conditional"),
        ({"specialty": "cardiology"}, lambda p: p.source == "af-anticoagulation"),
        ({"organisation": "Consilium Demonstration Hospital"}, lambda p: p.organisation == "Consilium Demonstration Hospital"),
        ({"since": "2025"}, lambda p: p.effective >= "2025"),
    ],
    ids=["kind", "language", "source", "strength", "specialty", "organisation", "year"],
)
def test_filter_narrows_what_is_found(asked: dict[str, str], holds: Any, published: str, doctor: Client) -> None:
    q = {"kind": "apixaban dose", "language": "제균 치료", "source": "clarithromycin resistance"}.get(next(iter(asked)), "apixaban")
    found = search(doctor, q=q, **asked).context["page"].results.found
    assert found
    assert all(holds(one.passage) for one in found)


@pytest.mark.parametrize(
    "q", ["폐렴", "高血压", "🙂", "\u202eabc", "%", "'", "\x00", "<script>alert(1)</script>", "a" * 5000, "(((", "\\"], ids=repr
)
def test_odd_questions_do_no_harm(q: str, published: str, doctor: Client) -> None:
    shown = search(doctor, q=q, kind="nonsense", language="xx", source="../etc")
    assert shown.status_code == 200
    assert "<script>alert" not in shown.text


def test_long_question_is_cut_and_said(published: str, doctor: Client) -> None:
    assert "longer than 300" in search(doctor, q="apixaban " * 60).text


def test_a_missing_or_damaged_index_is_searched_in_the_rows(published: str, doctor: Client, settings: Any, tmp_path: Any) -> None:
    (settings.INDEX / published / "manifest.json").write_text("{")
    wiring.close_library()
    assert "Anticoagulation in atrial fibrillation" in search(doctor, q="apixaban").text
    settings.INDEX = tmp_path / "nowhere"
    wiring.close_library()
    assert "Anticoagulation in atrial fibrillation" in search(doctor, q="apixaban").text


def test_search_of_nothing_at_all_is_said_with_what_to_do(db: None, doctor: Client, settings: Any, tmp_path: Any) -> None:
    settings.INDEX = tmp_path / "nowhere"
    wiring.close_library()
    assert "Search is not available" in search(doctor, q="apixaban").text


def test_empty_library_says_so(doctor: Client) -> None:
    assert "The library is empty" in search(doctor).text


def test_search_loads_no_model(published: str, settings: Any) -> None:
    program = """
import os, sys, django
from pathlib import Path
django.setup()
from django.conf import settings
from django.core.management import call_command
call_command("migrate", verbosity=0)
settings.INDEX = Path(sys.argv[1])
from clinic.knowledge import shelves, views
assert shelves.search(shelves.Asked(q="apixaban")).found
heavy = {"torch", "chromadb", "sentence_transformers", "llama_cpp"} & set(sys.modules)
assert not heavy, heavy
"""
    ran = subprocess.run(
        [sys.executable, "-c", program, str(settings.INDEX)], cwd=product.BASE, capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr


def test_words_are_shown_where_they_stand() -> None:
    assert pieces("Give Apixaban. No apixaban?", "apixaban in") == (
        ("Give ", False),
        ("Apixaban", True),
        (". No ", False),
        ("apixaban", True),
        ("?", False),
    )
    assert pieces("text", "") == (("text", False),)
    assert Asked.of({"q": "  a\x07b  "}).q == "a b"


def test_source_shows_versions_and_passages(shelves: None, doctor: Client) -> None:
    shown = doctor.get(reverse("knowledge:source", args=["af-anticoagulation"]))
    page = shown.context["page"]
    assert (page.version.version, page.version.superseded, len(page.versions)) == ("2", False, 2)
    assert "Superseded: not to be relied on" not in shown.text
    assert "Demonstration content, not for care" in shown.text


def test_superseded_version_says_what_is_in_force(shelves: None, doctor: Client) -> None:
    shown = doctor.get(reverse("knowledge:source", args=["af-anticoagulation"]), {"version": "1"})
    assert "Superseded: not to be relied on" in shown.text
    assert "?version=2" in shown.text


@pytest.mark.parametrize(("slug", "asked"), [("nothing", {}), ("af-anticoagulation", {"version": "7"})], ids=["source", "version"])
def test_source_that_is_not_there_is_not_found(slug: str, asked: dict[str, str], shelves: None, doctor: Client) -> None:
    assert doctor.get(reverse("knowledge:source", args=[slug]), asked).status_code == 404


def test_efficacy_source_leads_to_its_drug(shelves: None, doctor: Client) -> None:
    shown = doctor.get(reverse("knowledge:source", args=["drug:apixaban"]))
    assert reverse("knowledge:drug", args=["apixaban"]) in shown.text


def test_passage_marks_the_very_sentence(shelves: None, doctor: Client) -> None:
    shown = doctor.get(reverse("knowledge:passage", args=[passage_id("R4")]), {"s": "2"})
    assert '<mark id="cited">Dabigatran caused more thromboembolism' in shown.text
    assert shown.text.count("<mark") == 1
    assert shown.context["page"].quote.startswith("Dabigatran caused")


def test_passage_marks_a_span_of_characters(shelves: None, doctor: Client) -> None:
    row = PassageRow.objects.get(pk=passage_id("R2"))
    start = row.version.text.index("dabigatran in atrial", row.body["start"])
    asked = {"start": str(start), "end": str(start + len("dabigatran"))}
    assert '<mark id="cited">dabigatran</mark>' in doctor.get(reverse("knowledge:passage", args=[row.pk]), asked).text


@pytest.mark.parametrize("asked", [{"s": "9"}, {"s": "-1"}, {"s": "x"}, {"start": "1", "end": "2"}, {"start": "5"}, {"s": "٢"}], ids=str)
def test_place_that_is_none_marks_the_whole_passage(asked: dict[str, str], shelves: None, doctor: Client) -> None:
    shown = doctor.get(reverse("knowledge:passage", args=[passage_id("R2")]), asked)
    assert "is not in this passage" in shown.text
    assert '<mark id="cited">Do not use dabigatran' in shown.text


def test_passage_of_a_superseded_version_is_marked_so(shelves: None, doctor: Client) -> None:
    shown = doctor.get(reverse("knowledge:passage", args=[passage_id("R1", version="1")]))
    assert "Superseded: not to be relied on" in shown.text


def test_passage_in_korean_says_its_language(shelves: None, doctor: Client) -> None:
    shown = doctor.get(reverse("knowledge:passage", args=[passage_id("R1", version="1", source="h-pylori-ko")]))
    assert 'lang="ko"' in shown.text


def test_passage_that_is_not_there_is_not_found(shelves: None, doctor: Client) -> None:
    assert doctor.get(reverse("knowledge:passage", args=["0" * 16])).status_code == 404


def test_markup_in_a_source_is_shown_as_text(shelves: None, doctor: Client) -> None:
    version = SourceVersion.objects.get(source="af-anticoagulation", version="2")
    version.text = version.text.replace("Demonstration content", "<img src=x onerror=alert(1)> Demonstration content", 1)
    version.save()
    shown = doctor.get(reverse("knowledge:passage", args=[passage_id("R2")]))
    assert "<img src=x" not in shown.text
    assert "&lt;img src=x" in shown.text


def cited_by(hospital: str, passage: str) -> Consult:
    consult = Consult.objects.create(kind="arbitration", hospital=hospital, brief={}, state=State.ADVISED, requested_by="dr-adeyemi")
    claim = {"text": "t", "citations": [{"passage_id": passage, "quote": "q"}]}
    recall.note(
        ConsultOutcome.objects.create(consult=consult, conclusion={"type": "advice", "claims": [claim]}, versions={}, seconds=1, digest="d")
    )
    return consult


def test_consults_that_rest_on_a_source_are_listed(shelves: None, doctor: Client) -> None:
    consult = cited_by("demo", passage_id("R4"))
    other = cited_by("demo", passage_id("R1", version="1", source="h-pylori-ko"))
    for address in (reverse("knowledge:passage", args=[passage_id("R2")]), reverse("knowledge:source", args=["af-anticoagulation"])):
        shown = doctor.get(address)
        assert [use.consult for use in shown.context["page"].uses] == [str(consult.pk)]
        assert str(consult.pk)[:8] in shown.text
        assert str(other.pk)[:8] not in shown.text


def test_consults_of_another_hospital_are_not_told(shelves: None) -> None:
    cited_by("demo", passage_id("R4"))
    shown = as_user("dr-castillo").get(reverse("knowledge:source", args=["af-anticoagulation"]))
    assert shown.context["page"].uses == ()
    assert "No consult of this hospital has cited it yet" in shown.text


def drugs(client: Client, q: str) -> list[str]:
    return [one.name for one in client.get(reverse("knowledge:drugs"), {"q": q}).context["page"].records]


@pytest.mark.parametrize("q", ["apixaban", "Eliquis", "B01AF02", "아픽사반", "阿哌沙班", "factor Xa"])
def test_drug_is_found_by_any_name(q: str, doctor: Client) -> None:
    assert "apixaban" in drugs(doctor, q)


def test_misspelt_drug_is_guessed_at(doctor: Client) -> None:
    shown = doctor.get(reverse("knowledge:drugs"), {"q": "apixabn"})
    assert "Did you mean" in shown.text
    assert reverse("knowledge:drug", args=["apixaban"]) in shown.text


def test_drug_page_shows_doses_limits_and_results(shelves: None, doctor: Client) -> None:
    shown = doctor.get(reverse("knowledge:drug", args=["apixaban"]))
    for text in ("Kidney, below 30 mL/min", "mechanical heart valve", "0.79 (0.66 to 0.95)", "ARISTOTLE", '<svg class="forest"'):
        assert text.lower() in shown.text.lower()
    assert "Open passage" in shown.text


def test_drug_with_a_slash_in_its_name_has_a_page(doctor: Client) -> None:
    assert doctor.get(reverse("knowledge:drug", args=["amoxicillin/clavulanic acid"])).status_code == 200


def test_drug_without_trial_results_says_so(doctor: Client) -> None:
    from clinic import wiring

    bare = next(one for one in wiring.formulary().records() if not one.efficacy)
    assert "No trial result is recorded" in doctor.get(reverse("knowledge:drug", args=[bare.name])).text


def test_brand_leads_to_the_record(doctor: Client) -> None:
    assert doctor.get(reverse("knowledge:drug", args=["Eliquis"]))["Location"] == reverse("knowledge:drug", args=["apixaban"])


def test_unknown_drug_is_not_found(doctor: Client) -> None:
    assert doctor.get(reverse("knowledge:drug", args=["unobtainium"])).status_code == 404


def test_every_drug_page_can_be_shown(doctor: Client) -> None:
    from clinic import wiring

    assert {doctor.get(reverse("knowledge:drug", args=[name])).status_code for name in wiring.formulary().names()[::8]} == {200}


@pytest.mark.parametrize(
    ("name", "says"),
    [("captopril", "Interactions are checked through this class"), ("metamizole", "the safety checks do not cover this drug")],
)
def test_a_drug_known_by_its_class_is_told_as_that(doctor: Client, name: str, says: str) -> None:
    shown = doctor.get(reverse("knowledge:drug", args=[name]), follow=True).text
    assert "no record" in shown and says in shown and "Class knowledge only" in shown
