"""openFDA drug labels: names, class and sections as text. A label's prose holds no structured dose, so none is made up.

Shape: https://open.fda.gov/apis/drug/label/searchable-fields/ (`results`, each with `openfda` and lists of paragraphs).
"""

from __future__ import annotations

import re
from typing import Any

from retrieval.drug_readers import draft
from retrieval.errors import SourceInvalid
from retrieval.types import DrugRecord

CLASS_MARK = re.compile(r"\s*\[[A-Za-z]+\]$")


def records(value: dict[str, Any], name: str) -> list[DrugRecord]:
    """One record for each label; the labels of one generic name count once, the first is taken."""
    labels = value.get("results", [value])
    if not isinstance(labels, list):
        raise SourceInvalid(name, "`results` is no list", field="results", remedy="Give openFDA's answer as it came.")
    found: dict[str, DrugRecord] = {}
    for number, label in enumerate(labels):
        if not isinstance(label, dict):
            raise SourceInvalid(name, "a label is one JSON object", field=f"results.{number}", remedy="Give openFDA's answer as it came.")
        made = _record(label, f"results.{number}", name)
        found.setdefault(made.name, made)
    return list(found.values())


def _record(label: dict[str, Any], place: str, name: str) -> DrugRecord:
    about = label.get("openfda")
    about = about if isinstance(about, dict) else {}
    generic = _first(about.get("generic_name"))
    if not generic:
        raise SourceInvalid(name, "no generic name", field=f"{place}.openfda.generic_name", remedy="Leave out labels without `openfda`.")
    written = (brand for brand in _texts(about.get("brand_name")) if draft.inn(brand) != draft.inn(generic))
    brands = tuple(dict.fromkeys(brand.title() if brand.isupper() else brand for brand in written))
    sections = {key: draft.section(" ".join(texts)) for key in draft.SECTIONS if (texts := _texts(label.get(key)))}
    day = _first(label.get("effective_time"))
    dated = f", {day[:4]}-{day[4:6]}-{day[6:8]}" if re.fullmatch(r"[0-9]{8}", day) else ""
    return draft.record(
        {
            "name": draft.inn(generic),
            "drug_class": CLASS_MARK.sub("", _first(about.get("pharm_class_epc"))).lower(),
            "brands": brands,
            "label": sections,
            "sources": (f"{(brands or (generic,))[0]}, US label (openFDA){dated}",),
        },
        name,
    )


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [one.strip() for one in values if isinstance(one, str) and one.strip()]


def _first(value: Any) -> str:
    return next(iter(_texts(value)), "")
