"""Concordance of two plans."""

from clinic.reasoning.questions import compare
from tests.reasoning.builders import item, plan


def inn(name: str) -> str:
    return {"eliquis": "apixaban"}.get(name.casefold(), name.casefold())


def test_it_works() -> None:
    found = compare(plan(item("apixaban"), item("bisoprolol")), plan(item("warfarin"), item("bisoprolol")), inn)
    assert found.agreed == ("start bisoprolol",)
    assert [q.text for q in found.at_issue] == ["apixaban or warfarin?"]
    assert found.at_issue[0].id == "Q1"


def test_brand_and_substance_agree() -> None:
    assert compare(plan(item("Eliquis", dose=5, unit="mg")), plan(item("apixaban", dose=5.0, unit="MG")), inn).concordant


def test_starting_and_continuing_the_same_drug_agree() -> None:
    assert compare(plan(item("apixaban")), plan(item("apixaban", "continue")), inn).concordant


def test_stop_and_continue_differ() -> None:
    found = compare(plan(item("aspirin", "stop")), plan(item("aspirin", "continue")), inn)
    assert found.at_issue[0].topic == "action"


def test_dose_is_at_issue() -> None:
    found = compare(plan(item("apixaban", dose=5, unit="mg")), plan(item("apixaban", dose=2.5, unit="mg")), inn)
    assert found.at_issue[0].topic == "dose"
    assert found.at_issue[0].x.endswith("5 mg")


def test_unpaired_item_is_asked_about() -> None:
    found = compare(plan(item("apixaban"), item(action="procedure", text="ablation")), plan(item("apixaban")), inn)
    assert found.at_issue[0].text == "Whether to include ablation"
    assert found.at_issue[0].y == ""


def test_order_of_items_does_not_matter() -> None:
    a, b = item("apixaban"), item("bisoprolol")
    assert compare(plan(a, b), plan(b, a), inn).concordant
