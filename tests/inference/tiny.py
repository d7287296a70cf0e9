"""A GGUF made for tests: R1's special tokens, a byte vocabulary, random Qwen2-shaped weights, about 300 kB.

Its text means nothing; its attention is real, so that what a sequence sees changes what it writes.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import gguf
import numpy as np

WIDTH, HEADS, LAYERS, FF, CONTEXT = 32, 4, 2, 64, 2048

CONTROL = ["<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>", "<｜User｜>", "<｜Assistant｜>", "<｜▁pad▁｜>"]
TAGS = ["<think>", "</think>"]
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{% if m['role'] == 'user' %}<｜User｜>{{ m['content'] }}"
    "{% else %}<｜Assistant｜>{{ m['content'] }}{% if not loop.last %}{{ eos_token }}{% endif %}{% endif %}{% endfor %}"
    "{% if messages[-1]['role'] == 'user' %}<｜Assistant｜><think>\n{% endif %}"
)
"""For servers that read the file's template, as our host never does: R1's, going on with an assistant's first words."""


def byte_letters() -> list[str]:
    """GPT-2's printable stand-in for each byte, in byte order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    return [chr(b) if b in printable else chr(next(spare)) for b in range(256)]


def vocabulary() -> tuple[list[str], list[int], list[str]]:
    letters = byte_letters()
    line, space = letters[10], letters[32]
    merged = [(line, line), (space, space), ("t", "h"), ("th", "e")]
    tokens = [*CONTROL, *TAGS, *letters, *(a + b for a, b in merged)]
    kinds: list[int] = [*[gguf.TokenType.CONTROL] * len(CONTROL), *[gguf.TokenType.USER_DEFINED] * len(TAGS)]
    kinds += [gguf.TokenType.NORMAL] * (256 + len(merged))
    return tokens, kinds, [f"{a} {b}" for a, b in merged]


def write(path: Path, seed: int = 0) -> str:
    """Writes the file and returns its sha256."""
    tokens, kinds, merges = vocabulary()
    out = gguf.GGUFWriter(path, "qwen2")
    out.add_context_length(CONTEXT)
    out.add_embedding_length(WIDTH)
    out.add_block_count(LAYERS)
    out.add_feed_forward_length(FF)
    out.add_head_count(HEADS)
    out.add_head_count_kv(HEADS)
    out.add_layer_norm_rms_eps(1e-6)
    out.add_rope_freq_base(10000.0)
    out.add_tokenizer_model("gpt2")
    out.add_tokenizer_pre("qwen2")
    out.add_token_list(tokens)
    out.add_token_types(kinds)
    out.add_token_merges(merges)
    out.add_bos_token_id(0)
    out.add_eos_token_id(1)
    out.add_pad_token_id(4)
    out.add_add_bos_token(False)
    out.add_chat_template(CHAT_TEMPLATE)
    for name, shape in shapes(len(tokens)).items():
        out.add_tensor(name, values(name, shape, seed))
    out.write_header_to_file()
    out.write_kv_data_to_file()
    out.write_tensors_to_file()
    out.close()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def shapes(vocab: int) -> dict[str, tuple[int, ...]]:
    result: dict[str, tuple[int, ...]] = {
        "token_embd.weight": (vocab, WIDTH),
        "output.weight": (vocab, WIDTH),
        "output_norm.weight": (WIDTH,),
    }
    for i in range(LAYERS):
        for part in ("attn_q", "attn_k", "attn_v"):
            result[f"blk.{i}.{part}.weight"] = (WIDTH, WIDTH)
            result[f"blk.{i}.{part}.bias"] = (WIDTH,)
        result[f"blk.{i}.attn_output.weight"] = (WIDTH, WIDTH)
        result[f"blk.{i}.attn_norm.weight"] = result[f"blk.{i}.ffn_norm.weight"] = (WIDTH,)
        result[f"blk.{i}.ffn_gate.weight"] = result[f"blk.{i}.ffn_up.weight"] = (FF, WIDTH)
        result[f"blk.{i}.ffn_down.weight"] = (WIDTH, FF)
    return result


def values(name: str, shape: tuple[int, ...], seed: int) -> np.ndarray:
    if name.endswith("norm.weight"):
        return np.ones(shape, dtype=np.float32)
    if name.endswith("bias"):
        return np.zeros(shape, dtype=np.float32)
    numbers = np.random.default_rng([seed, *name.encode()]).normal(0, 0.4, shape)
    if name == "output.weight":
        first = len(CONTROL) + len(TAGS)
        numbers[first + 127 : first + 256] *= 0.02  # mostly ASCII, and it rarely ends of itself
        numbers[: first + 32] *= 0.02
    return numbers.astype(np.float32)


def card(folder: Path, name: str = "tiny-r1", **changes: object) -> Path:
    """Weights and card in a folder; returns the card's path."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = write(folder / "tiny.gguf")
    fields = {"name": name, "file": "tiny.gguf", "sha256": digest, "context": 1024, "template": "r1", "demonstration": True}
    lines = [f"{key} = {str(value).lower() if isinstance(value, bool) else repr(value)}" for key, value in {**fields, **changes}.items()]
    path = folder / "card.toml"
    path.write_text("\n".join(lines).replace("'", '"') + "\n")
    return path
