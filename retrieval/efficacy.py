"""Efficacy records of drugs as a citable source: one clear sentence for each trial result."""

from __future__ import annotations

import hashlib
from datetime import date

from retrieval.document import Document, Meta, passage
from retrieval.types import DrugRecord, Efficacy, Passage, Sentence, UnitKind

_RATIOS = frozenset(("HR", "RR", "OR", "IRR", "RATE RATIO"))
ORGANISATION = "Hospital formulary"


def document(record: DrugRecord) -> Document | None:
    """The drug's efficacy source, or None where it has no record. Spans refer to its text, one line for each result."""
    if not record.efficacy:
        return None
    lines = [sentence(record.name, one) for one in record.efficacy]
    text = "\n".join(lines)
    latest = max(one.year for one in record.efficacy)
    meta = Meta(
        id="drug:" + record.name.replace(" ", "-").replace("/", "-"),
        title=f"{record.name}: efficacy",
        organisation=ORGANISATION,
        version=hashlib.sha256(text.encode()).hexdigest()[:12],
        effective=date(latest, 1, 1).isoformat(),
        language="en",
        conditions=tuple(dict.fromkeys(one.indication for one in record.efficacy)),
    )
    passages, start = [], 0
    for one, line in zip(record.efficacy, lines, strict=True):
        passages.append(_passage(meta, record, one, Sentence(text=line, start=start, end=start + len(line))))
        start += len(line) + 1
    return Document(meta=meta, text=text, passages=tuple(passages))


def sentence(drug: str, one: Efficacy) -> str:
    """`In atrial fibrillation, apixaban compared with warfarin lowered stroke: HR 0.79 (95% CI 0.66 to 0.95); ...`."""
    figures = f"{one.measure} {_number(one.effect)}"
    if one.ci:
        figures += f" (95% CI {_number(one.ci[0])} to {_number(one.ci[1])})"
    people = f"; {one.n:,} participants" if one.n else ""
    population = f" ({one.population})" if one.population and one.population != one.indication else ""
    return (
        f"In {one.indication}{population}, {drug} compared with {one.comparator} {_effect(one)}: {figures}{people}; {one.trial} {one.year}."
    )


def _effect(one: Efficacy) -> str:
    """In words, from the direction of the figure; `favours` decides whether there is a difference."""
    if one.favours == "neither":
        return f"made no clear difference to {one.outcome}"
    neutral = 1.0 if one.measure.upper() in _RATIOS else 0.0
    if one.effect == neutral:
        return f"favoured {'the drug' if one.favours == 'drug' else one.comparator} for {one.outcome}"
    return f"{'lowered' if one.effect < neutral else 'raised'} {one.outcome}"


def _passage(meta: Meta, record: DrugRecord, one: Efficacy, line: Sentence) -> Passage:
    return passage(
        source=meta.id,
        version=meta.version,
        organisation=meta.organisation,
        title=meta.title,
        effective=date(one.year, 1, 1).isoformat(),
        language="en",
        section=(one.indication,),
        kind=UnitKind.EFFICACY,
        text=line.text,
        sentences=(line,),
        start=line.start,
        end=line.end,
        reference=next((source for source in record.sources if one.trial.casefold() in source.casefold()), f"{one.trial} {one.year}"),
        conditions=(one.indication,),
    )


def _number(value: float) -> str:
    return f"{value:g}"
