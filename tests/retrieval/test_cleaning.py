"""Cleaning keeps what is meant and drops what is hidden."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.cleaning import clean, fold


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        pytest.param("ﬁbrillation", "fibrillation", id="ligature"),
        pytest.param("war\u200bfa\u2060rin\ufeff", "warfarin", id="zero width"),
        pytest.param("a\U000e0069\U000e0067b", "ab", id="tag characters"),
        pytest.param("a\u202eb\u2066c\u2069\u200f", "abc", id="bidi controls"),
        pytest.param("x\x00\x1b[31my", "x[31my", id="control characters"),
        pytest.param("10⁹/L", "10^9/L", id="a power stays a power"),
        pytest.param("1.73 m²", "1.73 m2", id="square metre"),
        pytest.param("1½ tablets", "1 1⁄2 tablets", id="one and a half is not eleven halves"),
        pytest.param("５ mg", "5 mg", id="full-width digit"),
        pytest.param("患者，应使用。", "患者，应使用。", id="Chinese marks stay"),
        pytest.param("a\r\nb\rc\u2028d", "a\nb\nc\nd", id="line ends"),
        pytest.param("심방세동", "심방세동", id="decomposed Korean is composed"),
    ],
)
def test_it_works(raw: str, kept: str) -> None:
    assert clean(raw) == kept


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
