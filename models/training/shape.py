"""A file of the exact shape of DeepSeek-R1-Distill-Qwen-1.5B with random weights, for measuring speed where the real one is not at hand.

Speed does not depend on the values: sizes, types and vocabulary are those of the published file. Its text means nothing.

python -m models.training.shape FOLDER --type q4_0|q4_k_m
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from models.training.blocks import draw, kind_of

FILE_TYPES = {"q4_0": LlamaFileType.MOSTLY_Q4_0, "q4_k_m": LlamaFileType.MOSTLY_Q4_K_M}


@dataclass(frozen=True)
class Shape:
    """Widths in weights; the defaults are R1-Distill-Qwen-1.5B's (its config.json)."""

    layers: int = 28
    width: int = 1536
    heads: int = 12
    kv_heads: int = 2
    feed: int = 8960
    vocabulary: int = 151_936
    context: int = 131_072

    def matrices(self) -> Iterator[tuple[str, int, int, int]]:
        """Tensor, its layer (-1: none), rows, columns; in the order of the file."""
        keys = self.width // self.heads * self.kv_heads
        yield "token_embd", -1, self.vocabulary, self.width
        for layer in range(self.layers):
            yield "attn_q", layer, self.width, self.width
            yield "attn_k", layer, keys, self.width
            yield "attn_v", layer, keys, self.width
            yield "attn_output", layer, self.width, self.width
            yield "ffn_gate", layer, self.feed, self.width
            yield "ffn_up", layer, self.feed, self.width
            yield "ffn_down", layer, self.width, self.feed
        yield "output", -1, self.vocabulary, self.width

    def vectors(self) -> Iterator[tuple[str, int, float]]:
        """Name, length, value of each element."""
        keys = self.width // self.heads * self.kv_heads
        yield "output_norm.weight", self.width, 1.0
        for layer in range(self.layers):
            yield f"blk.{layer}.attn_norm.weight", self.width, 1.0
            yield f"blk.{layer}.ffn_norm.weight", self.width, 1.0
            for part, length in (("q", self.width), ("k", keys), ("v", keys)):
                yield f"blk.{layer}.attn_{part}.bias", length, 0.0


SPECIAL = (
    "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<｜begin▁of▁sentence｜>", "<|EOT|>", "<think>", "</think>",
    "<|quad_start|>", "<|quad_end|>", "<|vision_start|>", "<|vision_end|>", "<|vision_pad|>", "<|image_pad|>", "<|video_pad|>",
    "<tool_call>", "</tool_call>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>", "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>",
)  # fmt: skip
"""R1-Distill-Qwen's added tokens, in their order; in its full vocabulary they stand from 151,643 on."""
UNUSED = 271
"""Padding after the added tokens of the real vocabulary."""
TAGS = {"<think>", "</think>", "<tool_call>", "</tool_call>"}

SPREAD = 0.02
SPREAD_OUT = 0.1
"""Wide enough that a draw at R1's settings has few candidates, as with trained weights: the sampler's work depends on that."""


def vocabulary(size: int) -> tuple[list[str], list[int], list[str]]:
    """Tokens, kinds, merges. The real words are not at hand: bytes, pairs of letters, then pairs of pairs stand for them."""
    letters = byte_letters()
    plain = size - len(SPECIAL) - min(UNUSED, size // 8)
    small = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    pairs = [(a, b) for a in [letters[32], *small] for b in small]
    fours = itertools.product(["".join(pair) for pair in pairs], ["".join(pair) for pair in pairs if pair[0] != letters[32]])
    merges = list(itertools.islice(itertools.chain(pairs, fours), plain - len(letters)))
    unused = [f"[PAD{i}]" for i in range(size - plain - len(SPECIAL))]
    tokens = [*letters, *(a + b for a, b in merges), *SPECIAL, *unused]
    special = [gguf.TokenType.USER_DEFINED if t in TAGS else gguf.TokenType.CONTROL for t in SPECIAL]
    kinds = [*[gguf.TokenType.NORMAL] * plain, *special, *[gguf.TokenType.UNUSED] * len(unused)]
    return tokens, [int(kind) for kind in kinds], [f"{a} {b}" for a, b in merges]


def byte_letters() -> list[str]:
    """GPT-2's printable stand-in for each byte, in byte order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(spare)) for b in range(256)]


def write(path: Path, kind: str, shape: Shape = Shape(), seed: int = 0) -> None:
    """Writes the file one tensor at a time; at most the output matrix is in memory."""
    random, file_type = np.random.default_rng(seed), FILE_TYPES[kind]
    out = gguf.GGUFWriter(str(path), "qwen2")
    tokens = _describe(out, shape, file_type)
    matrices = [
        (f"blk.{layer}.{name}.weight" if layer >= 0 else f"{name}.weight", name, rows, columns, kind_of(name, layer, shape.layers, file_type))
        for name, layer, rows, columns in shape.matrices()
    ]
    for full, _, rows, columns, type_ in matrices:
        out.add_tensor_info(full, _byte_shape(rows, columns, type_), np.dtype(np.uint8), _bytes(rows, columns, type_), type_)
    for full, length, _ in shape.vectors():
        out.add_tensor_info(full, (length,), np.dtype(np.float32), 4 * length)
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_ti_data_to_file()
    for _, name, rows, columns, type_ in matrices:
        data = draw(random, rows, columns, type_, SPREAD_OUT if name == "output" else SPREAD)
        if name == "output":
            data[tokens.index(SPECIAL[0]) :] = 0  # no special token is ever likely: what is measured runs to its full length
        out.write_tensor_data(data)
    for _, length, value in shape.vectors():
        out.write_tensor_data(np.full(length, value, dtype=np.float32))
    out.close()


def _byte_shape(rows: int, columns: int, kind: GGMLQuantizationType) -> tuple[int, int]:
    return rows, _bytes(1, columns, kind)


def _bytes(rows: int, columns: int, kind: GGMLQuantizationType) -> int:
    size, width = GGML_QUANT_SIZES[kind]
    return rows * columns // size * width


def _describe(out: gguf.GGUFWriter, shape: Shape, file_type: LlamaFileType) -> list[str]:
    """The header; returns the tokens."""
    out.add_name("random weights of R1-Distill-Qwen's shape")
    out.add_context_length(shape.context)
    out.add_embedding_length(shape.width)
    out.add_block_count(shape.layers)
    out.add_feed_forward_length(shape.feed)
    out.add_head_count(shape.heads)
    out.add_head_count_kv(shape.kv_heads)
    out.add_rope_freq_base(10000.0)
    out.add_layer_norm_rms_eps(1e-6)
    out.add_file_type(file_type)
    out.add_quantization_version(gguf.GGML_QUANT_VERSION)
    tokens, kinds, merges = vocabulary(shape.vocabulary)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("deepseek-r1-qwen")
    out.add_token_list(tokens)
    out.add_token_types(kinds)
    out.add_token_merges(merges)
    out.add_bos_token_id(tokens.index("<｜begin▁of▁sentence｜>"))
    out.add_eos_token_id(tokens.index("<｜end▁of▁sentence｜>"))
    out.add_pad_token_id(tokens.index("<|vision_pad|>"))
    out.add_add_bos_token(False)
    return tokens


def card(folder: Path, kind: str, shape: Shape = Shape(), context: int = 4096) -> Path:
    """The file with its card in `folder`, written unless it is there already; returns the card's path."""
    path, weights = folder / "card.toml", folder / "model.gguf"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    write(weights, kind, shape)
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    lines = {
        "name": f"shape-{kind}", "file": weights.name, "sha256": digest, "size": weights.stat().st_size, "quantisation": kind.upper(),
        "context": context, "architecture": "qwen2", "template": "r1", "cannot": "Say anything: its weights are random.",
    }  # fmt: skip
    text = "".join(f"{key} = {value}\n" if isinstance(value, int) else f'{key} = "{value}"\n' for key, value in lines.items())
    path.write_text(f"demonstration = true\n{text}", encoding="utf-8")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--type", choices=list(FILE_TYPES), default="q4_0")
    values = parser.parse_args()
    print(card(values.folder, values.type))


if __name__ == "__main__":
    main()
