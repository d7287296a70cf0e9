"""An administrator chooses model and effort; the next consult records them, and the page of the plots shows what it cost. Real host."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from tests.conftest import eventually
from tests.journeys.conftest import House, Visitor
from tests.journeys.test_two_doctors import find, wait_for_end

pytestmark = [pytest.mark.journey, pytest.mark.model, pytest.mark.timeout(900)]
Visit = Callable[..., Visitor]
REASON = "The only model here; effort has no effect on it. Tried in this journey."


def test_a_choice_reaches_the_next_consult_and_the_plots(house: House, visit: Visit) -> None:
    moreau = visit("admin-moreau")
    page = moreau.page
    moreau.go("/system/models/")
    assert page.locator("option[value=r1-distill-qwen-7b]").is_disabled()
    page.select_option("[name=arbitration-effort]", "low")
    page.fill("[name=arbitration-reason]", "short")
    page.click("text=Put arbitration to this model")
    assert "at least 20 characters" in moreau.text()
    assert page.input_value("[name=arbitration-effort]") == "low"
    page.fill("[name=arbitration-reason]", REASON)
    page.click("text=Put arbitration to this model")
    page.wait_for_selector("text=From now on arbitration is put to")
    assert REASON in moreau.text() and "Demonstration model: not for care" in moreau.text()
    moreau.see("models")
    page.click("article.route a >> nth=0")
    page.wait_for_selector("text=On this machine")
    moreau.see("model")

    doctor = visit("dr-adeyemi")
    find(doctor, "Which antiplatelet drug beside aspirin")
    doctor.page.click("text=Confirm and ask for the consult")
    wait_for_end(doctor)
    with sqlite3.connect(house.data / "consilium.sqlite3") as rows:
        newest = rows.execute("SELECT model, effort FROM consults_consult ORDER BY requested_at DESC LIMIT 1").fetchone()
    assert newest[1] == "low" and newest[0].startswith("consilium-arbiter")

    moreau.go("/system/performance/")
    page.click("#title-think ~ details summary")
    eventually(lambda: float(page.inner_text("#now-think b").replace(",", "").replace("–", "0")) > 8, 60, 0.5)
    assert page.locator("#title-think ~ details").get_attribute("open") is not None, "a new look closed what was open"
    moreau.see("performance")
    seen = page.inner_text("#looked")
    eventually(lambda: page.inner_text("#looked") != seen, 30, 0.5)

    metrics = page.request.get(f"{house.url}/metrics").text()
    assert 'consilium_host_up{model="consilium-arbiter' in metrics and "consilium_host_think_tokens_total" in metrics
