"""What changed between two versions, word by word: read wrongly it is a wrong dose."""

from __future__ import annotations

import pytest

from clinic.knowledge.difference import pieces


@pytest.mark.parametrize(
    ("old", "new", "went", "came"),
    [
        ("Give 0.9 mg/kg.", "Give 0.6 mg/kg.", ["0.9"], ["0.6"]),
        ("Give 1,000 mg.", "Give 1,500 mg.", ["1,000"], ["1,500"]),
        ("Dose 2.5mg daily", "Dose 5mg daily", ["2.5"], ["5"]),
        ("After 3.", "After 4.", ["3"], ["4"]),
        ("성인에게 5 mg 투여", "성인에게 10 mg 투여", ["5"], ["10"]),
        ("推荐阿哌沙班", "推荐华法林", ["阿哌沙班"], ["华法林"]),
        ("Use CHA2DS2-VASc", "Use CHADS2", ["CHA2DS2-VASc"], ["CHADS2"]),
    ],
    ids=["decimal", "thousands", "unit beside", "end of sentence", "Korean", "Chinese", "score"],
)
def test_whole_words_and_whole_numbers_are_marked(old: str, new: str, went: list[str], came: list[str]) -> None:
    made = pieces(old, new)
    assert ([one.text for one in made if one.side == "old"], [one.text for one in made if one.side == "new"]) == (went, came)
    assert "".join(one.text for one in made if one.side != "new") == old
    assert "".join(one.text for one in made if one.side != "old") == new
