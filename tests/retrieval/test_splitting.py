"""Sentences in three languages, with exact spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.splitting import sentences, units


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(["Give 2.5 mg twice daily.", "Stop aspirin."], id="decimal"),
        pytest.param(["Use a macrolide, e.g. Azithromycin, i.e. 500 mg.", "Then review."], id="e.g. and i.e."),
        pytest.param(["Apixaban vs. Warfarin was tested.", "CHA2DS2-VASc rose."], id="vs. and a score"),
        pytest.param(["As Granger et al. Reported, strokes fell.", "Bleeding fell."], id="et al."),
        pytest.param(["It was shown by J. Smith and K. L. Park.", "It holds."], id="initials"),
        pytest.param(["Reverse with vitamin K.", "Give it slowly."], id="vitamin K ends a sentence"),
        pytest.param(["Stop at 30 mL/min.", "eGFR counts."], id="eGFR begins a sentence"),
        pytest.param(["Is it safe?", "Yes!", "Go on."], id="question and exclamation"),
        pytest.param(['He said "stop."', "She did."], id="closing quotation mark"),
        pytest.param(["심방세동 환자에게 아픽사반을 사용한다.", "2.5 mg은 예외이다."], id="Korean"),
        pytest.param(["应优先使用阿哌沙班。", "机械瓣膜患者除外！", "为什么？", "无。"], id="Chinese"),
        pytest.param(["A first paragraph without an end", "a second one."], id="paragraphs"),
        pytest.param(["Give max. 40 mg, see fig. 2 and no. 3.", "It is CAP.", "He said no.", "Go."], id="dots before numbers"),
        pytest.param(["Avoid in Child-Pugh C.", "Use with care in B.", "Stop."], id="Child-Pugh class ends a sentence"),
        pytest.param(["Take b.d. with food.", "Done."], id="twice daily"),
    ],
)
def test_it_works(parts: list[str]) -> None:
    chinese = parts[0].endswith("。")
    joint = "" if chinese else "\n\n" if parts[0][-1].isalpha() else " "
    text = joint.join(parts)
    assert [text[start:end] for start, end in sentences(text)] == parts


_TEXT = st.text(alphabet=st.sampled_from(list("abK. 。?!\n\"')(심房0123eg,;")), max_size=200)


@given(_TEXT)
def test_sentences_hold_every_character_but_space(text: str) -> None:
    spans = sentences(text)
    assert all(left.end <= right.start for left, right in zip(spans, spans[1:], strict=False))
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() != "" for start, end in spans)


@given(_TEXT, st.integers(5, 60))
def test_units_keep_order_and_limit(text: str, limit: int) -> None:
    groups = units(text, sentences(text), limit)
    assert all(group[-1].end - group[0].start <= limit for group in groups)
    flat = [span for group in groups for span in group]
    assert "".join("".join(text[start:end].split()) for start, end in flat) == "".join(text.split())
