"""The real vocabulary of DeepSeek-R1-Distill-Qwen, rebuilt as a GGUF without weights.

`qwen2-merges.txt.xz`: the merges of Qwen's published tokeniser (Apache-2.0), in order of rank, made from the ranks in `qwen.tiktoken` of
Alibaba's dashscope 2.0.2. Token n is the n-th byte in the order of its letter, from 256 on the n-th merge's two halves together. The added
tokens are those of deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B (MIT). That the whole is right shows in llama.cpp's published token numbers.
"""

from __future__ import annotations

import lzma
from pathlib import Path

import gguf

from tests.inference.tiny import byte_letters

MERGES = Path(__file__).with_name("qwen2-merges.txt.xz")
FIRST_ADDED = 151643
CONTROL = ["<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<｜begin▁of▁sentence｜>", "<|EOT|>"]
TAGS = ["<think>", "</think>"]
OTHERS = (
    "<|quad_start|> <|quad_end|> <|vision_start|> <|vision_end|> <|vision_pad|> <|image_pad|> <|video_pad|> "
    "<tool_call> </tool_call> <|fim_prefix|> <|fim_middle|> <|fim_suffix|> <|fim_pad|> <|repo_name|> <|file_sep|>"
).split()


def write(path: Path) -> None:
    merges = lzma.decompress(MERGES.read_bytes()).decode().splitlines()
    tokens = [*sorted(byte_letters()), *(merge.replace(" ", "") for merge in merges)]
    assert len(tokens) == FIRST_ADDED
    added = [*CONTROL, *TAGS, *OTHERS]
    kinds: list[int] = [gguf.TokenType.NORMAL] * len(tokens) + [
        gguf.TokenType.CONTROL if "｜" in text or "|" in text else gguf.TokenType.USER_DEFINED for text in added
    ]
    out = gguf.GGUFWriter(path, "qwen2")
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("deepseek-r1-qwen")
    out.add_token_list([*tokens, *added])
    out.add_token_types(kinds)
    out.add_token_merges(merges)
    out.add_bos_token_id(FIRST_ADDED + CONTROL.index("<｜begin▁of▁sentence｜>"))
    out.add_eos_token_id(FIRST_ADDED)
    out.add_add_bos_token(True)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.close()
