"""Checkpoint to GGUF (architecture qwen2), F32 or Q8_0, that llama.cpp runs token for token like torch.

python -m models.training.export CHECKPOINT.pt TOKENIZER.json OUT.gguf [--type q8_0|f32]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import gguf
import numpy as np
import torch
from gguf.quants import quantize
from tokenizers import Tokenizer
from torch import Tensor

from models.training import tokenizer
from models.training.model import Arbiter, Shape

TEMPLATE = (
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ '<｜User｜>' + m.content }}{% else %}"
    "{{ '<｜Assistant｜>' + m.content + eos_token }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<｜Assistant｜><think>\\n' }}{% endif %}"
)


def load(path: Path) -> Arbiter:
    """The float32 model of a checkpoint."""
    saved = torch.load(path, weights_only=True, map_location="cpu")
    model = Arbiter(Shape(**saved["shape"]))
    model.load_state_dict(saved["model"], strict=True)
    return model.float().eval()


def tensors(model: Arbiter) -> dict[str, Tensor]:
    """GGUF names -> weights. Centring what enters the residual stream keeps its mean zero, where LayerNorm is RMSNorm."""
    table = model.embedding.table().detach()
    out: dict[str, Tensor] = {
        "token_embd.weight": table - table.mean(1, keepdim=True),
        "output_norm.weight": model.norm.weight,
        "output.weight": model.head.weight,
    }
    kept = {
        "attn_norm.weight": "norm1.weight",
        "attn_q.weight": "attention.q.weight",
        "attn_q.bias": "attention.q.bias",
        "attn_k.weight": "attention.k.weight",
        "attn_k.bias": "attention.k.bias",
        "attn_v.weight": "attention.v.weight",
        "attn_v.bias": "attention.v.bias",
        "ffn_norm.weight": "norm2.weight",
        "ffn_gate.weight": "feed.gate.weight",
        "ffn_up.weight": "feed.up.weight",
    }
    state = model.state_dict()
    for i in range(model.shape.layers):
        out |= {f"blk.{i}.{theirs}": state[f"layers.{i}.{ours}"] for theirs, ours in kept.items()}
        o, down = state[f"layers.{i}.attention.o.weight"], state[f"layers.{i}.feed.down.weight"]
        out[f"blk.{i}.attn_output.weight"] = o - o.mean(0, keepdim=True)
        out[f"blk.{i}.ffn_down.weight"] = down - down.mean(0, keepdim=True)
    return {k: v.detach().float().contiguous() for k, v in out.items()}


def write(model: Arbiter, tok: Tokenizer, path: Path, kind: str, name: str = "consilium-arbiter") -> None:
    s = model.shape
    w = gguf.GGUFWriter(str(path), "qwen2")
    w.add_name(name)
    w.add_license("Apache-2.0")
    w.add_context_length(s.context)
    w.add_embedding_length(s.width)
    w.add_block_count(s.layers)
    w.add_feed_forward_length(s.hidden)
    w.add_head_count(s.heads)
    w.add_head_count_kv(s.kv_heads)
    w.add_rope_freq_base(s.theta)
    w.add_layer_norm_rms_eps(s.eps)
    w.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0 if kind == "q8_0" else gguf.LlamaFileType.ALL_F32)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("qwen2")
    spec = json.loads(tok.to_str())
    pieces = sorted(tok.get_vocab(with_added_tokens=True).items(), key=lambda item: item[1])
    control, single = set(tokenizer.CONTROL), set(tokenizer.single_tokens())
    types = [
        gguf.TokenType.CONTROL if t in control else gguf.TokenType.USER_DEFINED if t in single else gguf.TokenType.NORMAL for t, _ in pieces
    ]
    w.add_token_list([t for t, _ in pieces])
    w.add_token_types(types)
    w.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in spec["model"]["merges"]])
    w.add_bos_token_id(tokenizer.id_of(tok, tokenizer.BOS))
    w.add_eos_token_id(tokenizer.id_of(tok, tokenizer.EOS))
    w.add_pad_token_id(tokenizer.id_of(tok, tokenizer.EOS))
    w.add_add_bos_token(False)
    w.add_chat_template(TEMPLATE)
    for key, value in tensors(model).items():
        data = value.numpy().astype(np.float32)
        if kind == "q8_0" and data.ndim == 2:
            w.add_tensor(key, quantize(data, gguf.GGMLQuantizationType.Q8_0), raw_dtype=gguf.GGMLQuantizationType.Q8_0)
        else:
            w.add_tensor(key, data)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()


def main() -> None:
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("checkpoint", type=Path)
    p.add_argument("tokenizer", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--type", choices=["q8_0", "f32"], default="q8_0")
    p.add_argument("--name", default="consilium-arbiter")
    a = p.parse_args()
    write(load(a.checkpoint), tokenizer.load(a.tokenizer), a.out, a.type, a.name)


if __name__ == "__main__":
    main()
