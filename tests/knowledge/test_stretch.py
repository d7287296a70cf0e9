"""A source of two thousand units: its passages' pages stay small, every citation still opens at its words, and nothing is out of reach."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from django.test import Client
from django.urls import reverse

from clinic.knowledge import actions
from clinic.knowledge.models import PassageRow, SourceVersion
from clinic.knowledge.reading import excerpt
from clinic.knowledge.stretch import AROUND, SHORT, Asked, Stretch, stretch
from retrieval.readers import read
from tests.cast import as_user

pytestmark = pytest.mark.django_db
SECTIONS, ITEMS = 100, 20
HEAD = """---
id: manual
title: Manual of the wards
organisation: Demonstration Hospital
version: "1"
effective: 2026-01-15
language: en
references:
  who: World Health Organization (WHO), 2020
---
# Manual of the wards
"""


def text() -> str:
    parts = [HEAD]
    for section in range(1, SECTIONS + 1):
        parts.append(f"\n## Ward {section}\n")
        parts += [
            f"- **R{ITEMS * (section - 1) + n}** (strong, high) Check item {n} of ward {section} every day. It takes {n} minutes. [who]"
            for n in range(1, ITEMS + 1)
        ]
    return "\n".join(parts) + "\n"


@pytest.fixture
def manual(db: None) -> SourceVersion:
    data = text().encode()
    actions.import_all([(read(data, "manual.md"), "manual.md")], by="system:test")
    actions.settle(actions.due())
    version = SourceVersion.objects.get(source="manual")
    assert version.passages.count() == SECTIONS * ITEMS
    return version


@pytest.fixture
def doctor(db: None) -> Client:
    return as_user("dr-adeyemi")


def at(version: SourceVersion, place: int) -> PassageRow:
    return PassageRow.objects.get(version=version, place=place)


def shown(version: SourceVersion, place: int, asked: Asked | None = None) -> Stretch:
    row = at(version, place)
    return stretch(version, row, (row.body["start"], row.body["end"]), {}, asked or Asked())


def labels(one: Stretch) -> list[str]:
    return [block.label for block in one.blocks if block.label]


def address(version: SourceVersion, place: int, query: str = "") -> str:
    return reverse("knowledge:passage", args=[at(version, place).pk]) + query


def test_page_of_a_long_source_stays_small(manual: SourceVersion, doctor: Client, django_assert_max_num_queries: object) -> None:
    middle = address(manual, 1000)
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        answer = doctor.get(middle)
    assert answer.text.count('<div class="rec') == 2 * AROUND + 1
    assert len(answer.content) < 60_000
    assert "981 to 1,021" in " ".join(re.sub("<[^>]+>", " ", answer.text).split())


QUERIES = ("", "?s=2", "?part=section", "?s=2&part=section", "?part=nonsense", "?from=x", "?from=999999")


def test_every_citation_opens_at_its_words(manual: SourceVersion, doctor: Client) -> None:
    """Each kind of address, at the edges of the source, of a section and of a stretch."""
    for place, query in zip((0, 1, 19, 20, 999, 1980, 1999), QUERIES, strict=True):
        answer = doctor.get(address(manual, place, query))
        words = at(manual, place).body["sentences"]
        wanted = words[1]["text"] if "s=2" in query else " ".join(one["text"] for one in words)
        assert re.findall(r'<mark id="cited">(.*?)</mark>', answer.text) == [wanted], (place, query)
    start = manual.text.index("item 7 of ward 50")
    row = PassageRow.objects.get(version=manual, body__label="R987")
    answer = doctor.get(reverse("knowledge:passage", args=[row.pk]), {"start": start, "end": start + len("item 7")})
    assert '<mark id="cited">item 7</mark>' in answer.text


def test_stretches_follow_each_other_without_a_gap(manual: SourceVersion) -> None:
    """From the cited one in both directions, by the links of each stretch: all units, each once, in their order."""
    here = shown(manual, 1234)
    found = [here]
    while found[0].earlier is not None:
        found.insert(0, shown(manual, 1234, Asked(last=found[0].earlier)))
    while found[-1].later is not None:
        found.append(shown(manual, 1234, Asked(first=found[-1].later)))
    assert [label for one in found for label in labels(one)] == [f"R{n}" for n in range(1, SECTIONS * ITEMS + 1)]
    assert [one for one in found if one.holds] == [here]
    assert all(before.last + 1 == after.first for before, after in pairwise(found))
    headings = ["".join(run.text for run in block.runs) for one in found for block in one.blocks if block.shape == "heading"]
    assert headings == ["Manual of the wards", *(f"Ward {n}" for n in range(1, SECTIONS + 1))]


def test_section_and_outline(manual: SourceVersion, doctor: Client) -> None:
    for place in (500, 510, 519):
        assert labels(shown(manual, place, Asked("section"))) == [f"R{n}" for n in range(501, 521)]
    found = shown(manual, 510, Asked("outline")).outline
    assert [(one.words, one.units) for one in found] == [(f"Ward {n}", ITEMS) for n in range(1, SECTIONS + 1)]
    assert [one.words for one in found if one.here] == ["Ward 26"]
    answer = doctor.get(address(manual, 510, "?s=1&part=outline"))
    assert all(reverse("knowledge:passage", args=[one.passage]) in answer.text for one in found)
    assert 'href="?s=1#cited"' in answer.text


def test_source_of_few_units_is_shown_whole(shelves: None, doctor: Client) -> None:
    row = PassageRow.objects.filter(version__source="af-anticoagulation", version__version="2").first()
    assert row and row.version.passages.count() < SHORT
    answer = doctor.get(reverse("knowledge:passage", args=[row.pk]), {"part": "section", "from": "3"})
    assert answer.context["page"].stretch.whole
    assert "Parts of the source" not in answer.text


def test_long_prose_is_cut_by_its_letters(db: None) -> None:
    parts = [HEAD, *(f"\n## Chapter {n}\n\n" + f"Words about chapter {n}. " * 300 for n in range(1, SHORT + 2))]
    actions.import_all([(read("\n".join(parts).encode(), "manual.md"), "manual.md")], by="system:test")
    version = SourceVersion.objects.get(source="manual")
    count = version.passages.count()
    assert count > SHORT
    letters = sum(len(run.text) for block in shown(version, count // 2).blocks for run in block.runs)
    assert 10_000 < letters < 40_000


TABLE = "Before\n\n| Drug | Dose |\n|---|---|\n| apixaban | 5 mg |\n| warfarin | by INR |\n\nAfter\n"


@pytest.mark.parametrize("low", ["\n| warfarin", "| warfarin", "\n| apixaban"])
def test_cut_table_keeps_its_head(low: str) -> None:
    made = excerpt(TABLE, TABLE.index(low), len(TABLE), cited=(TABLE.index("by INR"), TABLE.index("by INR") + 6))
    assert [cell[0].text for cell in made[0].head] == ["Drug", "Dose"]
    assert made[0].rows[-1][1][0].text == "by INR" and made[0].rows[-1][1][0].cited
    assert len(made[0].rows) == (2 if "apixaban" in low else 1)
