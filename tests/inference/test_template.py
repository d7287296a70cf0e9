from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.template import TEMPLATES, neutralise
from inference.types import Segment

SHARED = Path(__file__).parents[3] / "shared/data/llm_assets"


def rendered(template: str, text: str) -> str:
    return "".join(part.text for part in TEMPLATES[template].parts((Segment(text=text),)))


def test_r1_reads_as_its_makers_write_it() -> None:
    assert rendered("r1", "Which?") == "<｜begin▁of▁sentence｜><｜User｜>Which?<｜Assistant｜>"


def test_it_agrees_with_the_published_template() -> None:
    path = SHARED / "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja"
    if not path.exists():
        pytest.skip("the published templates are not on this machine")
    jinja = pytest.importorskip("jinja2.sandbox")
    theirs = jinja.ImmutableSandboxedEnvironment().from_string(path.read_text()).render(
        bos_token="<｜begin▁of▁sentence｜>", messages=[{"role": "user", "content": "Which?"}], add_generation_prompt=True
    )
    assert theirs == rendered("r1", "Which?") + "<think>\n"


def test_a_template_is_named_by_its_content() -> None:
    labels = {template.label for template in TEMPLATES.values()}
    assert len(labels) == len(TEMPLATES) and all("@" in label for label in labels)


MARKS = ["<think>", "</think>", "<｜User｜>", "<|im_start|>", "<|eot_id|>", "<s>", "</s>", "[INST]", "[/INST]", "<tool_call>", "</tool_call>"]


@pytest.mark.parametrize("mark", MARKS)
def test_every_spelled_mark_is_broken(mark: str) -> None:
    assert mark not in neutralise(f"before {mark} after")


@given(st.text(alphabet="<>｜|/ thinkSs[]INU", max_size=40))
def test_no_mark_is_left_after_breaking(text: str) -> None:
    assert not any(mark in neutralise(text) for mark in MARKS)


def test_ordinary_comparisons_stay_as_they_are() -> None:
    assert neutralise("eGFR <30, K+ > 5.5, CK<500 [see 2]") == "eGFR <30, K+ > 5.5, CK<500 [see 2]"
