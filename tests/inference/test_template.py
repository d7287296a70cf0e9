from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.llama.vocab import Vocab
from inference.template import TEMPLATES, encode, marks, neutralise
from inference.types import Segment
from tests.inference.assets import asset


def rendered(template: str, text: str) -> str:
    return "".join(part.text for part in TEMPLATES[template].parts((Segment(text=text),)))


def test_r1_reads_as_its_makers_write_it() -> None:
    assert rendered("r1", "Which?") == "<｜begin▁of▁sentence｜><｜User｜>Which?<｜Assistant｜>"


PUBLISHED = [
    "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja",
    "deepseek-ai-DeepSeek-R1-Distill-Llama-8B.jinja",
    "newer_deepseek-ai-DeepSeek-R1-Distill-Qwen-32B.jinja",
]
LLAMA_CPP = "llama-cpp-deepseek-r1.jinja"
TEXTS = ["Which?", "eGFR 38\n\n<E1.1> 아픽사반 2.5 mg", " leading and trailing ", "{{ braces }} {% raw %}"]


def theirs(name: str, text: str, **settings: object) -> str:
    """The published template for one user turn, rendered as transformers does it."""
    sandbox = pytest.importorskip("jinja2.sandbox").ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    messages = [{"role": "user", "content": text}]
    template = sandbox.from_string(asset(name).read_text())
    return str(template.render(bos_token="<｜begin▁of▁sentence｜>", messages=messages, add_generation_prompt=True, **settings))


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("name", PUBLISHED)
def test_it_agrees_with_the_published_template(name: str, text: str) -> None:
    assert theirs(name, text, enable_thinking=True) == rendered("r1", text) + "<think>\n"


def test_llama_cpp_s_own_template_ends_the_user_s_turn_otherwise() -> None:
    """It puts an end token after the user's turn; DeepSeek's own do not, and ours follows those."""
    assert theirs(LLAMA_CPP, "Which?") == rendered("r1", "Which?").replace("?", "?<｜end▁of▁sentence｜>") + "<think>\n"


@pytest.mark.parametrize("name", PUBLISHED)
def test_it_agrees_token_for_token_in_r1_s_real_vocabulary(name: str, r1_qwen: Vocab) -> None:
    ours = encode(TEMPLATES["r1"], r1_qwen, (Segment(text=TEXTS[1]),)) + list(marks(TEMPLATES["r1"], r1_qwen).think_open)
    assert ours == r1_qwen.trusted(theirs(name, TEXTS[1], enable_thinking=True))


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
