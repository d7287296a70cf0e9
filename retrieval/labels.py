"""Questions labelled with the passages that settle them: read from YAML, and measured against a library."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import NamedTuple, Protocol

from retrieval import plain_yaml
from retrieval.cleaning import clean
from retrieval.errors import SourceInvalid
from retrieval.metrics import interval
from retrieval.types import Hit, Passage

MOST = 8
"""Passages of one question that reach the model."""


class Search(Protocol):
    """A library's search."""

    def __call__(self, query: str, limit: int = 12, language: str | None = None) -> list[Hit]: ...


class Labelled(NamedTuple):
    """One question and the ids of its passages; decisive ones are relevant too."""

    id: str
    ask: str
    over: str
    """Language of the sources searched, empty for all."""
    decisive: frozenset[str]
    relevant: frozenset[str]

    @property
    def half(self) -> str:
        """`build` or `measured`, by the first digit of the hash in the id."""
        return "measured" if int(self.id[-8], 16) % 2 else "build"


def read_labels(folder: Path, passages: Iterable[Passage]) -> list[Labelled]:
    """Every question of the folder's YAML files; a name that leads to no passage, or a question asked twice, is an error."""
    named: dict[str, set[str]] = defaultdict(set)
    for passage in passages:
        named[f"{passage.source}#{passage.label or (passage.section[-1] if passage.section else '')}"].add(passage.id)
    found: dict[str, Labelled] = {}
    for path in sorted(folder.glob("*.yaml")):
        for source, questions in plain_yaml.load(clean(path.read_text(encoding="utf-8")), path.name).items():
            for fields in questions:
                one = _labelled(str(source), fields, named, path.name)
                if one.id in found:
                    raise SourceInvalid(path.name, f"asked twice: {one.ask}", remedy="Keep one of them.")
                found[one.id] = one
    return list(found.values())


def measure(questions: Sequence[Labelled], search: Search, most: int = MOST) -> dict[str, object]:
    """Of what reaches the model: the share that is relevant, and whether all that decides is there. Over another language: recall@10."""
    own = [one for one in questions if not one.over]
    across = [one for one in questions if one.over]
    rows = [_reached(one, search(one.ask, most)) for one in own]
    shares = [share for share, _, _ in rows if share is not None]
    recalls = [len(one.decisive & _ids(search(one.ask, 10, one.over))) / len(one.decisive) for one in across]
    figures: dict[str, object] = {"questions": len(own), "unanswered": len(rows) - len(shares), "across_languages": len(across)}
    figures |= _mean("relevant_share", shares) | _mean("decisive_recall", [held for _, held, _ in rows])
    return figures | _mean("relevant_recall", [all_held for _, _, all_held in rows]) | _mean("across_recall@10", recalls)


def _reached(one: Labelled, hits: Sequence[Hit]) -> tuple[float | None, float, float]:
    """(share of the hits that are relevant, None without hits; recall of the decisive; recall of the relevant)."""
    got = _ids(hits)
    share = len(got & one.relevant) / len(got) if got else None
    return share, len(got & one.decisive) / len(one.decisive), len(got & one.relevant) / len(one.relevant)


def _mean(name: str, values: Sequence[float]) -> dict[str, object]:
    if not values:
        return {name: None}
    return {name: round(fmean(values), 4), f"{name}_interval95": [round(bound, 4) for bound in interval(values)]}


def _ids(hits: Iterable[Hit]) -> set[str]:
    return {hit.passage.id for hit in hits}


def _labelled(source: str, fields: Mapping[str, object], named: Mapping[str, set[str]], file: str) -> Labelled:
    ask = str(fields["ask"])
    ids: dict[str, set[str]] = {}
    for part in ("decisive", "relevant"):
        listed = fields.get(part) or []
        ids[part] = set()
        for name in listed if isinstance(listed, list) else [listed]:
            full = str(name) if "#" in str(name) else f"{source}#{name}"
            if full not in named:
                raise SourceInvalid(file, f"{full} names no passage in force", field=ask, remedy="Write source#label or source#heading.")
            ids[part] |= named[full]
    name = f"{source}-{hashlib.sha256(ask.encode()).hexdigest()[:8]}"
    return Labelled(name, ask, str(fields.get("over", "")), frozenset(ids["decisive"]), frozenset(ids["decisive"] | ids["relevant"]))
