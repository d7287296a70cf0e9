"""Cases for the suites `interactions` and `indications` from two public sets, read where they lie (neither is shipped).

DDInter 1.0 (CC BY-NC-SA): `drug_a, drug_b, level`. PharmacotherapyDB (CC0): `disease, drug, category`.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

from retrieval.formulary import DrugTable

ORDER = ("none", "unknown", "minor", "moderate", "major")
RELEASED = frozenset("ABDHLPRV")
"""ATC letters of DDInter 1.0's eight files: a pair with no drug of these letters was never listed, so its absence says nothing."""
CATEGORIES = {"DM": "indicated", "SYM": "symptomatic", "NOT": "not_indicated"}


def cases(path: Path, book: DrugTable) -> Iterator[dict[str, Any]]:
    """Cases of either file, told apart by its columns. Raises KeyError naming the columns if it is neither."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))
    columns = set(rows[0]) if rows else set()
    if {"drug_a", "drug_b", "level"} <= columns:
        yield from _pairs(rows, book)
    elif {"disease", "drug", "category"} <= columns:
        for number, row in enumerate(rows, 1):
            yield {"id": f"i{number}", "drug": row["drug"], "disease": row["disease"], "label": CATEGORIES.get(row["category"])}
    else:
        raise KeyError(
            f"{path.name} has the columns {', '.join(sorted(columns))}: neither drug_a, drug_b, level nor disease, drug, category"
        )


def _pairs(rows: list[dict[str, str]], book: DrugTable) -> Iterator[dict[str, Any]]:
    """Every pair of drugs that both know, with DDInter's gravest level, or `none` where it could have been listed and is not.

    `split`: `tuned` where both names begin with A to M (looked at while the rules were written), `held_out` where both begin
    with N to Z, `mixed` between.
    """
    levels: dict[frozenset[str], str] = {}
    carried: dict[str, str] = {}
    names = {name: record.name for row in rows for name in (row["drug_a"], row["drug_b"]) if (record := book.find(name))}
    for row in rows:
        pair = [names.get(row[key]) for key in ("drug_a", "drug_b")]
        if pair[0] and pair[1] and pair[0] != pair[1]:
            key = frozenset(name for name in pair if name)
            levels[key] = max(levels.get(key, "none"), row["level"].casefold(), key=ORDER.index)
    for name in names.values():
        record = book.find(name)
        carried[name] = record.atc[:1] if record else ""
    for a, b in combinations(sorted(carried), 2):
        listed = levels.get(frozenset((a, b)))
        if listed or {carried[a], carried[b]} & RELEASED:
            early = [name[0] < "n" for name in (a, b)]
            split = "tuned" if all(early) else "mixed" if any(early) else "held_out"
            yield {"id": f"{a} + {b}", "a": a, "b": b, "label": listed or "none", "split": split}
