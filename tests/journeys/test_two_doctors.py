"""From two logins to a decision in the log: real browser, Redis, Chroma, worker and model."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.conftest import CONSULT_S, House, Visitor

pytestmark = [pytest.mark.journey, pytest.mark.model, pytest.mark.timeout(900)]
Visit = Callable[..., Visitor]


def step(page: Any, place: int, **values: str) -> None:
    """Fills one step of the plan."""
    while not page.locator(f"[name=items-{place}-action]").count():
        page.click("[data-add]")
    for name, value in values.items():
        target = page.locator(f"[name=items-{place}-{name}]")
        if name == "action":
            target.select_option(value)
        else:
            target.fill(value)


def seal(page: Any, confidence: int, rationale: str) -> None:
    page.fill("[name=rationale]", rationale)
    page.fill("[name=confidence]", str(confidence))
    page.click("button[name=act][value=seal]")


def find(doctor: Visitor, words: str) -> str:
    """Searches the worklist and opens the first disagreement found; returns its address."""
    doctor.go("/disagreements/?show=all")
    doctor.page.fill("#q", words)
    doctor.page.click("form[role=search] button")
    doctor.page.click("table.list a.row >> nth=0")
    doctor.page.wait_for_selector("[data-disagreement]")
    return str(doctor.page.url)


def wait_for_end(doctor: Visitor) -> str:
    """Follows the live consult to its end; returns `advice`, `abstention` or the state."""
    page = doctor.page
    page.wait_for_selector("[data-outcome], .outcome.human", timeout=CONSULT_S * 1000)
    found = page.locator("[data-outcome]")
    return str(found.get_attribute("data-outcome")) if found.count() else "needs_human"


def test_two_doctors_disagree_and_decide(house: House, visit: Visit) -> None:
    adeyemi, brandt = visit("dr-adeyemi"), visit("dr-brandt")
    adeyemi.see("worklist")
    page = adeyemi.page

    # A new disagreement about a patient of the demonstration.
    find(adeyemi, "Which anticoagulant for stroke prevention")
    page.click(".head .lead a >> nth=0")
    adeyemi.see("patient")
    page.fill("[name=question]", "Which anticoagulant now, and at what dose?")
    page.select_option("[name=second]", label=_option(page, "Brandt"))
    page.click("text=Open the disagreement")
    page.wait_for_selector("[data-opinion]")
    address = page.url

    # One opinion, sealed from the other doctor.
    step(page, 0, action="start", drug="apixaban", dose="5", unit="mg", route="oral", frequency="twice daily")
    step(page, 1, action="stop", drug="aspirin")
    adeyemi.see("opinion")
    seal(page, 80, "Fewer bleeds than warfarin in reduced kidney function.")
    page.wait_for_selector("text=Your opinion is sealed")
    adeyemi.see("sealed")
    brandt.go(address)
    assert "Fewer bleeds" not in brandt.page.content() and "apixaban 5 mg" not in brandt.text()

    # The other opinion; both open.
    step(brandt.page, 0, action="start", drug="warfarin", route="oral", frequency="once daily")
    seal(brandt.page, 70, "Long experience, a reversible drug, and the level can be measured.")
    brandt.page.wait_for_selector("text=Confirm and ask for the consult")
    brandt.see("revealed")
    assert "Fewer bleeds" in brandt.text()

    # The consult, live: evidence arrives without a reload; the other doctor follows it too, and a reload does not disturb it.
    with house.held():
        brandt.page.click("text=Confirm and ask for the consult")
        brandt.page.wait_for_selector("[data-live]")
        asked = time.monotonic()
        brandt.page.wait_for_selector("[data-slot=evidence] article")
        print(f"evidence on the page {time.monotonic() - asked:.1f} s after the question was asked")
        brandt.see("live")
        page.goto(address)
        brandt.page.reload()
        brandt.page.wait_for_selector("[data-slot=evidence] article")
    ended = wait_for_end(brandt)
    assert ended in ("advice", "abstention"), brandt.text()[:2000]
    brandt.see(f"outcome-{ended}")
    assert wait_for_end(adeyemi) == ended

    # Every claim stands beside its highlighted sentence, which opens in the source.
    claims = brandt.page.locator("article.claim")
    for place in range(claims.count()):
        assert claims.nth(place).locator("mark").count() >= 1
    if claims.count():
        quoted = claims.nth(0).locator("mark").nth(0).inner_text()
        brandt.page.click("article.claim a:has-text('Open source') >> nth=0")
        brandt.page.wait_for_selector("#cited")
        brandt.see("source")
        assert quoted.split()[0] in brandt.page.inner_text("blockquote.quote")
        brandt.go(address)

    # The decision; against an Advice it needs a reason.
    _decide(brandt, ended)
    brandt.see("decided")
    page.goto(address)
    page.click("text=Acknowledge the decision")
    page.wait_for_selector("text=Acknowledged by")
    adeyemi.see("acknowledged")

    # Another hospital sees nothing of it; the log has all of it, and verifies.
    castillo = visit("dr-castillo")
    assert castillo.page.goto(address).status in (403, 404)
    assert "apixaban" not in castillo.text()
    osei = visit("auditor-osei")
    osei.page.click("nav.areas >> text=Decision log")
    osei.see("log")
    osei.page.fill("#q", address.rstrip("/").rsplit("/", 1)[-1])
    osei.page.click("form.query button")
    listed = osei.text()
    for act in ("disagreement.opened", "opinion.sealed", "opinion.revealed", "decision.made", "decision.acknowledged"):
        assert act in listed, act
    osei.page.click("form.verify button")
    osei.page.wait_for_selector("text=The log is sound")
    osei.see("verified")


def _option(page: Any, words: str) -> str:
    """The label of the option that holds these words."""
    return next(label for label in page.locator("[name=second] option").all_inner_texts() if words in label)


def _decide(doctor: Visitor, ended: str) -> None:
    page = doctor.page
    against = (page.locator("form[data-decision]").get_attribute("data-against") or "").split()
    choice = against[0] if against else "x"
    page.check(f"[name=choice][value={choice}]")
    if choice in ("hybrid", "other", "refer"):
        page.fill("[name=text]", "As discussed with the patient.")
    if against:
        page.click("text=Record the decision")
        page.wait_for_selector("text=This decision goes against the advice")
        doctor.see("override-refused")
        page.check(f"[name=choice][value={choice}]")
        page.select_option("[name=override]", "patient_preference")
        page.fill("[name=reason]", "The patient has had bad experience with the other drug.")
    page.click("text=Record the decision")
    page.wait_for_selector("text=Decided:")


def test_time_critical_case_is_escalated_and_never_queued(visit: Visit) -> None:
    doctor = visit("dr-adeyemi")
    doctor.go("/disagreements/?show=all&state=blocked_time_critical")
    doctor.page.click("table.list a.row >> nth=0")
    doctor.page.wait_for_selector("[data-state=blocked_time_critical]")
    doctor.see("time-critical")
    assert not doctor.page.locator("text=Confirm and ask for the consult").count()


def test_consult_is_cancelled_from_its_page(house: House, visit: Visit) -> None:
    doctor = visit("dr-adeyemi")
    find(doctor, "Add a fourth drug for heart failure")
    with house.held():
        doctor.page.click("text=Confirm and ask for the consult")
        doctor.page.wait_for_selector("[data-live]")
        doctor.page.click("[data-live] >> text=Cancel")
        doctor.page.wait_for_selector("text=The last consult was cancelled")
    doctor.see("cancelled")


def test_pages_work_without_javascript(visit: Visit) -> None:
    doctor = visit("dr-adeyemi", javascript=False)
    find(doctor, "Which anticoagulant with mitral stenosis")
    doctor.page.click("text=Confirm and ask for the consult")
    ended = wait_for_end(doctor)
    assert ended in ("advice", "abstention")
    doctor.see("without-javascript")


@pytest.mark.parametrize(
    ("who", "areas"),
    [
        ("nurse-kim", ("Patients",)),
        ("pharmacist-sato", ("Worklist", "Library")),
        ("editor-lindqvist", ("Library",)),
        ("admin-moreau", ("Decision log",)),
    ],
)
def test_every_role_finds_its_areas(visit: Visit, who: str, areas: tuple[str, ...]) -> None:
    person = visit(who)
    for area in areas:
        person.page.click(f"nav.areas >> text={area}")
        person.page.wait_for_selector("h1")
    person.see(f"role-{who}")


def test_login_page_shows_the_demonstration_and_refuses_a_wrong_password(visit: Visit) -> None:
    stranger = visit()
    stranger.go("/")
    stranger.see("login")
    assert "dr-adeyemi" in stranger.text()
    stranger.page.fill("[name=username]", "dr-adeyemi")
    stranger.page.fill("[name=password]", "not this one")
    stranger.page.click("form[data-login] button")
    stranger.page.wait_for_selector(".errors")
