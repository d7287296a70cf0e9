"""A pharmacist's day: a PDF of several hundred pages goes in, a second person approves it, a consult rests on it, and it is withdrawn.

The worker that reads is killed on the way. Nothing is restarted by hand, least of all the worker that runs the consults.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.journeys.conftest import House, Visitor
from tests.journeys.test_two_doctors import find, wait_for_end
from tests.retrieval import demonstration_pdf

pytestmark = [pytest.mark.journey, pytest.mark.model, pytest.mark.timeout(1500)]
Visit = Callable[..., Visitor]
CHAPTERS = 60
PATIENCE_MS = 600_000
"""For reading, embedding and publishing on a machine with other work."""
HICCUPS = (
    "Persistent hiccups after stroke",
    "We recommend metoclopramide rather than haloperidol for adults with persistent hiccups after stroke. "
    "It was tried in a randomised trial. (strong recommendation, moderate-certainty evidence)",
    "We suggest against haloperidol for persistent hiccups in adults who take a QT-prolonging drug. "
    "(conditional recommendation, low-certainty evidence)",
)


def kill_reader(house: House) -> None:
    """kill -9 of the worker of the queue `ingest` and its children, while it reads."""
    everybody = psutil.Process(house.process.pid).children(recursive=True)
    readers = [one for one in everybody if "ingest" in one.cmdline()]
    assert readers, "the house runs no worker that reads"
    for one in readers:
        for process in (*one.children(recursive=True), one):
            with suppress(psutil.NoSuchProcess):
                process.kill()


def evidence(doctor: Visitor) -> str:
    """All passages of the ended consult, as its page shows them."""
    return str(doctor.page.inner_text("#all-evidence", timeout=10_000)) if doctor.page.locator("#all-evidence").count() else ""


def ask(doctor: Visitor, address: str) -> str:
    doctor.go(address)
    doctor.page.click("text=/Confirm and ask for the consult|Ask again/ >> nth=0")
    wait_for_end(doctor)
    doctor.page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    return evidence(doctor)


def settled(page: Any, desk: str) -> None:
    """Until nothing is read or published any more."""
    page.goto(desk)
    page.wait_for_selector("text=Nothing is being read or published", timeout=PATIENCE_MS)


def test_a_guideline_put_in_in_the_morning_is_used_at_noon(house: House, visit: Visit, tmp_path: Path) -> None:
    sato, lindqvist, larsen = visit("pharmacist-sato"), visit("editor-lindqvist"), visit("dr-larsen")
    page, desk = sato.page, f"{house.url}/library/desk/"
    handbook = tmp_path / "handbook.pdf"
    handbook.write_bytes(demonstration_pdf.made(CHAPTERS, HICCUPS))

    # In, and read page by page, although its reader is killed on the way.
    page.goto(f"{house.url}/library/")
    page.click("nav.tabs >> text=Desk")
    page.click("text=Bring in a source >> nth=0")
    page.set_input_files("#files", str(handbook))
    sato.see("desk-new")
    begun = time.monotonic()
    page.click("form[data-drop] button")
    page.wait_for_selector("text=/Page ([2-9]|[1-9][0-9]+) of|What the arbiter will see/", timeout=PATIENCE_MS)
    kill_reader(house)
    sato.see("desk-reading")
    page.wait_for_selector("text=What the arbiter will see", timeout=PATIENCE_MS)
    upload = page.url
    print(f"read {time.monotonic() - begun:.0f} s after it was sent, its reader killed once")
    assert int(re.findall(r"(\d+) pages, brought in", sato.text())[0]) > 200

    # Checked: what it is called, what is no recommendation.
    page.fill("[name=title]", "Handbook of ward practice")
    page.fill("[name=id]", "ward-handbook")
    page.click("text=Save >> nth=0")
    page.wait_for_selector(".message.success")
    page.click("nav.tabs >> text=/^Recommendation/")
    page.click(".unit summary >> nth=0")
    page.fill(".unit [name=reason] >> nth=0", "Only an example")
    sato.see("desk-units")
    page.click(".unit button[value=drop] >> nth=0")
    page.wait_for_selector(".message.success")
    page.goto(upload)
    sato.see("desk-preview")
    page.fill("#words", "New chapter on hiccups.")
    page.click("text=Propose for approval")
    page.wait_for_selector("text=Waits for a second editor or pharmacist")
    assert not page.locator("text=/^Approve$/").count()

    # Approved by a second person, and published by itself.
    lindqvist.page.goto(desk)
    lindqvist.page.click("a.task >> text=Handbook of ward practice")
    lindqvist.see("desk-approval")
    lindqvist.page.click("button:has-text('Approve')")
    lindqvist.page.wait_for_selector("text=Approved by")
    begun = time.monotonic()
    lindqvist.page.goto(desk)
    lindqvist.see("desk")
    settled(lindqvist.page, desk)
    print(f"published {time.monotonic() - begun:.0f} s after the approval")

    # The next consult rests on it.
    evans = visit("dr-evans")
    address = find(evans, "Which drug for persistent hiccups")
    evans.page.click("button[name=act][value=seal]")
    evans.page.wait_for_selector("text=Confirm and ask for the consult")
    assert "Handbook of ward practice" in ask(larsen, address)
    larsen.see("handbook-evidence")
    lindqvist.go("/library/sources/ward-handbook/")
    lindqvist.see("desk-source")

    # Withdrawn: at once no new consult finds it, and the doctors are told.
    lindqvist.page.click("summary:has-text('Withdraw version')")
    lindqvist.page.fill("#reason", "A dose in chapter 3 is wrong.")
    lindqvist.page.click("button:has-text('Withdraw')")
    lindqvist.page.wait_for_selector("text=no new consult sees it")
    lindqvist.see("desk-withdrawn")
    cites = "Rests on a withdrawn source" in _page_of(larsen, address)
    assert bool(larsen.page.locator(".bell[data-unread]").count()) is cites
    larsen.see("handbook-withdrawn")
    assert "Handbook of ward practice" not in ask(larsen, address)
    settled(lindqvist.page, desk)
    print(f"the first consult cited the handbook: {cites}")


def _page_of(doctor: Visitor, address: str) -> str:
    doctor.go(address)
    return doctor.text()
