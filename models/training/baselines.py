"""What shallow readers score on the same cases: the model's figures mean something only beside these."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

import torch

from models import dialect
from models.training.generate import Sample

Features = Callable[[Sample], Counter[str]]


def _text(s: Sample) -> str:
    return " ".join(t for p in s.prompt.passages for t in p.sentences)


def types(s: Sample) -> Counter[str]:
    """Kinds and strengths of the passages, and how many."""
    return Counter(f"{p.kind} {p.strength}" for p in s.prompt.passages) + Counter({f"n{len(s.prompt.passages)}": 1})


def mentions(s: Sample) -> Counter[str]:
    """How often each role is named."""
    roles = Counter(m.group(1) for m in dialect.SYMBOL.finditer(_text(s)))
    return roles + Counter({f"sign{(s.tally > 0) - (s.tally < 0)}": 1, "open" if roles["u"] else "closed": 1})


def first(s: Sample) -> Counter[str]:
    """Which side is named first."""
    found = next((m.group(1) for m in dialect.SYMBOL.finditer(_text(s)) if m.group(1) in "xy"), "-")
    return Counter([found])


def plans(s: Sample) -> Counter[str]:
    """Lengths and actions of the plans."""
    actions = Counter(f"{side}{i.action}" for side, items in (("x", s.prompt.x), ("y", s.prompt.y)) for i in items)
    return actions + Counter([f"{len(s.prompt.x) - len(s.prompt.y)}", f"x{len(s.prompt.x)}", f"y{len(s.prompt.y)}"])


def words(s: Sample) -> Counter[str]:
    """The words without the symbols."""
    return Counter(re.findall(r"[a-z]+", dialect.SYMBOL.sub(" ", _text(s)).lower()))


def words_and_roles(s: Sample) -> Counter[str]:
    """Words and role letters, without their order: the strongest reader that does not read sentences."""
    return words(s) + mentions(s) + types(s)


READERS: dict[str, Features] = {
    "evidence types": types, "mention counts": mentions, "first mentioned": first, "plans": plans, "bag of words": words, "bag of words and roles": words_and_roles,
}  # fmt: skip


def score(train: Sequence[Sample], test: Sequence[Sample]) -> dict[str, float]:
    """Outcome accuracy on `test` of the majority and of a logistic regression on each reader's features."""
    labels = {o: i for i, o in enumerate(dialect.OUTCOMES)}
    y_train, y_test = torch.tensor([labels[s.outcome] for s in train]), torch.tensor([labels[s.outcome] for s in test])
    top = Counter(y_train.tolist()).most_common(1)[0][0]
    out = {"majority": float((y_test == top).float().mean())}
    for name, features in READERS.items():
        counted = [features(s) for s in train]
        vocab = {w: i for i, w in enumerate(w for w, n in sum((Counter(set(c)) for c in counted), Counter[str]()).items() if n > 2)} or {
            "": 0
        }

        def matrix(counts: list[Counter[str]], vocab: dict[str, int] = vocab) -> torch.Tensor:
            m = torch.zeros(len(counts), len(vocab))
            for row, c in enumerate(counts):
                for w, n in c.items():
                    if w in vocab:
                        m[row, vocab[w]] = min(n, 3)
            return m

        a, b = matrix(counted), matrix([features(s) for s in test])
        layer = torch.nn.Linear(a.shape[1], len(labels))
        optimiser = torch.optim.AdamW(layer.parameters(), lr=0.02, weight_decay=0.05)
        for _ in range(200):
            loss = torch.nn.functional.cross_entropy(layer(a), y_train)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
        out[name] = float((layer(b).argmax(1) == y_test).float().mean())
    return out
