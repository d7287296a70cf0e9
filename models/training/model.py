"""A small decoder of Qwen2's shape: rotary positions, grouped queries with bias, SwiGLU, separate output head.

Norms are LayerNorm without bias (fast on CPU); `export.py` turns them into Qwen2's RMSNorm exactly, by centring what writes
into the residual stream. Input embeddings are a learnt projection of another model's word vectors plus a learnt part,
folded into one table at export, so that a word no wording used still lands near its neighbours.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

NOISE = 0.35
"""Of the word vectors while training, as a share of their size."""


@dataclass
class Shape:
    """Sizes; the defaults are those of the bundled model."""

    vocab: int = 4096
    width: int = 192
    layers: int = 5
    heads: int = 6
    kv_heads: int = 3
    hidden: int = 512
    context: int = 2048
    theta: float = 10000.0
    eps: float = 1e-6
    readings: int = 77
    """Classes of the auxiliary loss; not exported."""
    words: int = 384
    """Width of the borrowed word vectors."""


class Norm(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(shape.width))
        self.eps = shape.eps

    def forward(self, x: Tensor) -> Tensor:
        return F.layer_norm(x, x.shape[-1:], self.weight, None, self.eps)


class Attention(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.heads, self.kv_heads, self.size = s.heads, s.kv_heads, s.width // s.heads
        self.q = nn.Linear(s.width, s.width)
        self.k = nn.Linear(s.width, s.kv_heads * self.size)
        self.v = nn.Linear(s.width, s.kv_heads * self.size)
        self.o = nn.Linear(s.width, s.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, since: int = 0) -> Tensor:
        b, t, c = x.shape
        r = t - since  # queries only from `since` on
        q = _rotate(self.q(x[:, since:]).view(b, r, self.heads, self.size).transpose(1, 2), cos[since:], sin[since:])
        k = _rotate(self.k(x).view(b, t, self.kv_heads, self.size).transpose(1, 2), cos, sin)
        v = self.v(x).view(b, t, self.kv_heads, self.size).transpose(1, 2)
        group = self.heads // self.kv_heads
        # one bmm per kv head with its query heads stacked along time: no copies of k and v
        q = q.reshape(b * self.kv_heads, group * r, self.size)
        k = k.reshape(b * self.kv_heads, t, self.size)
        v = v.reshape(b * self.kv_heads, t, self.size)
        w = torch.bmm(q * self.size**-0.5, k.transpose(1, 2)).view(b * self.kv_heads, group, r, t) + mask[since:]
        w = torch.softmax(w, -1).view(b * self.kv_heads, group * r, t)
        y = torch.bmm(w, v).view(b, self.heads, r, self.size).transpose(1, 2).reshape(b, r, c)
        out: Tensor = self.o(y)
        return out


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    half = x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return torch.cat((a * cos - b * sin, b * cos + a * sin), -1)


class Feed(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.gate = nn.Linear(s.width, s.hidden, bias=False)
        self.up = nn.Linear(s.width, s.hidden, bias=False)
        self.down = nn.Linear(s.hidden, s.width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.down(F.silu(self.gate(x)) * self.up(x))
        return out


class Layer(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.norm1, self.attention, self.norm2, self.feed = Norm(s), Attention(s), Norm(s), Feed(s)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor, mask: Tensor, since: int = 0) -> Tensor:
        x = x[:, since:] + self.attention(self.norm1(x), cos, sin, mask, since)
        out: Tensor = x + self.feed(self.norm2(x))
        return out


class Embedding(nn.Module):
    """Row = words @ projection + free * own: `own` is 1 for symbols and structure, small for words."""

    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.register_buffer("words", torch.zeros(s.vocab, s.words))
        self.register_buffer("own", torch.ones(s.vocab, 1))
        self.project = nn.Parameter(torch.randn(s.words, s.width) * s.words**-0.5)
        self.free = nn.Parameter(torch.randn(s.vocab, s.width) * 0.5)

    def table(self) -> Tensor:
        words, own = self.get_buffer("words"), self.get_buffer("own")
        if self.training:
            # a word's neighbours must mean nearly the same: unseen wordings use them
            known = (words.abs().sum(1, keepdim=True) > 0).to(words.dtype)
            words = words + NOISE * known * torch.randn_like(words)
        return words @ self.project + own * self.free

    def forward(self, ids: Tensor) -> Tensor:
        return F.embedding(ids, self.table())


class Arbiter(nn.Module):
    def __init__(self, s: Shape) -> None:
        super().__init__()
        self.shape = s
        self.embedding = Embedding(s)
        self.layers = nn.ModuleList(Layer(s) for _ in range(s.layers))
        self.norm = Norm(s)
        self.head = nn.Linear(s.width, s.vocab, bias=False)
        self.reader = nn.Linear(s.width, s.readings)
        half = s.width // s.heads // 2
        angles = torch.outer(torch.arange(s.context).float(), s.theta ** (-torch.arange(half).float() / half))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for name, p in self.named_parameters():
            if p.ndim == 2 and "embedding" not in name:
                std = p.shape[1] ** -0.5
                nn.init.normal_(p, std=0.02 if "head" in name else std * (0.2 if name.endswith(("o.weight", "down.weight")) else 0.6))
            elif name.endswith("bias"):
                nn.init.zeros_(p)

    def hidden(self, ids: Tensor, since: int = 0) -> Tensor:
        """Normed states from position `since` on; the last layer leaves out what comes before."""
        return self.states(ids, since)[0]

    def states(self, ids: Tensor, since: int = 0) -> tuple[Tensor, Tensor]:
        """The same, and the whole input of the last layer."""
        t = ids.shape[1]
        x: Tensor = self.embedding(ids)
        cos, sin = self.get_buffer("cos")[:t].to(x.dtype), self.get_buffer("sin")[:t].to(x.dtype)
        mask = torch.full((t, t), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
        early = x
        for i, layer in enumerate(self.layers):
            early = x
            x = layer(x, cos, sin, mask, since if i == len(self.layers) - 1 else 0)
        return self.norm(x), early

    def forward(self, ids: Tensor) -> Tensor:
        """Logits of every position."""
        out: Tensor = self.head(self.hidden(ids))
        return out

    def loss(self, ids: Tensor, weight: Tensor, reading: Tensor | None = None, share: float = 0.5) -> Tensor:
        """Mean cross-entropy over positions whose next token has weight; logits are made for those only.

        `reading`: at the id that closes a sentence its class, elsewhere -1. Predicting it from the input of the last layer makes
        that position hold what the sentence says, where the note can look it up.
        """
        since = int((weight[:, 1:] > 0).any(0).nonzero()[0])
        h, early = self.states(ids[:, :-1], since)
        w = weight[:, 1 + since :].reshape(-1)
        at = w.nonzero().squeeze(1)
        logits = self.head(h.reshape(-1, h.shape[-1])[at]).float()
        losses = F.cross_entropy(logits, ids[:, 1 + since :].reshape(-1)[at], reduction="none")
        loss: Tensor = (losses * w[at].float()).sum() / w[at].float().sum()
        if reading is not None and share:
            target = reading[:, :-1].reshape(-1)
            where = (target >= 0).nonzero().squeeze(1)
            if len(where):  # a batch of prompts without evidence has nothing to read
                seen = F.layer_norm(early.reshape(-1, early.shape[-1])[where], early.shape[-1:])
                loss = loss + share * F.cross_entropy(self.reader(seen).float(), target[where])
        return loss

    def reading_loss(self, ids: Tensor, reading: Tensor) -> Tensor:
        """The auxiliary loss alone, for prompts without an answer; the last layer is not run. Nothing to read: nothing to learn."""
        x: Tensor = self.embedding(ids)
        t = ids.shape[1]
        cos, sin = self.get_buffer("cos")[:t].to(x.dtype), self.get_buffer("sin")[:t].to(x.dtype)
        mask = torch.full((t, t), float("-inf"), dtype=x.dtype, device=x.device).triu(1)
        for layer in list(self.layers)[:-1]:
            x = layer(x, cos, sin, mask)
        target = reading.reshape(-1)
        where = (target >= 0).nonzero().squeeze(1)
        seen = F.layer_norm(x.reshape(-1, x.shape[-1])[where], x.shape[-1:])
        return F.cross_entropy(self.reader(seen).float(), target[where]) if len(where) else x.sum() * 0

    @torch.no_grad()
    def write(self, ids: Tensor, stop: int, limit: int) -> list[list[int]]:
        """Greedy continuation of equal-length prompts, without a cache (for tests and small checks)."""
        out: list[list[int]] = [[] for _ in ids]
        done = [False] * len(out)
        for _ in range(limit):
            nxt = self(ids)[:, -1].argmax(-1)
            for i, token in enumerate(nxt.tolist()):
                if not done[i]:
                    out[i].append(token)
                    done[i] = token == stop
            if all(done):
                break
            ids = torch.cat((ids, nxt[:, None]), 1)
        return out
