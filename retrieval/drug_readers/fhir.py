"""FHIR drug resources: Medication, MedicationKnowledge and ClinicalUseDefinition in a Bundle, in the shapes of R4 and of R5.

A dose becomes a Dose only if amount, unit, route and frequency are all stated. FHIR gives contraindications and interactions no
severity on our scale, so they are kept as text. http://hl7.org/fhir/R4/medicationknowledge.html, http://hl7.org/fhir/R5/medicationknowledge.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from retrieval.drug_readers import draft
from retrieval.errors import SourceInvalid
from retrieval.types import DrugRecord

ATC = "http://www.whocc.no/atc"
KINDS = ("Medication", "MedicationKnowledge")
LANGUAGES = ("ko", "zh")
DAY = {"s": 1 / 86400, "min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0}
OFTEN = {1.0: "once daily", 2.0: "twice daily", 3.0: "three times daily", 4.0: "four times daily", 7.0: "once weekly"}

Node = dict[str, Any]


def records(value: Node, name: str) -> list[DrugRecord]:
    """The drugs of a resource or of a Bundle; other resources of a Bundle are passed over."""
    if value.get("resourceType") == "Bundle":
        held = [entry.get("resource") for entry in _list(value, "entry")]
        resources = [one for one in held if isinstance(one, dict)]
    else:
        resources = [value]
    uses = [one for one in resources if one.get("resourceType") == "ClinicalUseDefinition"]
    found = [_record(one, uses, name) for one in resources if one.get("resourceType") in KINDS]
    if not found:
        raise SourceInvalid(name, f"no {' or '.join(KINDS)}", field="resourceType", remedy="Export those resources.")
    return found


def _record(one: Node, uses: list[Node], name: str) -> DrugRecord:
    place = f"{one['resourceType']}/{one.get('id', '?')}"
    if one.get("status") == "entered-in-error":
        raise SourceInvalid(name, "was entered in error", field=f"{place}.status", remedy="Leave it out.")
    generic = _name(one)
    if not generic:
        raise SourceInvalid(name, "the drug has no name", field=f"{place}.code", remedy="Give `code.text` or a coding with `display`.")
    doses, texts = _doses(one)
    indications = [_concept(use) for guide in _list(one, "indicationGuideline") for use in _list(guide, "indication")]
    indications += [_concept(guide) for guide in _old_guides(one)]
    synonyms = [text for text in [*_strings(one, "synonym"), *_strings(one, "name")] if draft.inn(text) != draft.inn(generic)]
    return draft.record(
        {
            "name": draft.inn(generic),
            "atc": _atc(one),
            "drug_class": next(iter(_classes(one)), ""),
            "brands": tuple(dict.fromkeys(synonyms)),
            "names": _translations(one),
            "indications": tuple(dict.fromkeys(text.lower() for text in indications if text)),
            "doses": doses,
            "label": {key: draft.section(" ".join(words)) for key, words in {**texts, **_uses(one, uses)}.items() if words},
            "sources": (f"FHIR {place}",),
        },
        name,
    )


def _name(one: Node) -> str:
    code = one.get("code")
    if isinstance(code, dict) and _concept(code):
        return _concept(code)
    parts = [_concept(part) for part in _list(one, "ingredient")]
    return "/".join(parts) if parts and all(parts) else ""


def _atc(one: Node) -> str:
    """The most exact ATC code of the drug's own code or of its classification; empty if it has none."""
    nodes = [one.get("code"), *(c for group in _list(one, "medicineClassification") for c in _list(group, "classification"))]
    codes = [
        str(coding.get("code", ""))
        for node in nodes
        if isinstance(node, dict)
        for coding in _list(node, "coding")
        if coding.get("system") == ATC
    ]
    return max(codes, key=len, default="")


def _classes(one: Node) -> Iterator[str]:
    """Names of classifications that are no ATC code of a substance (seven characters)."""
    for group in _list(one, "medicineClassification"):
        for node in _list(group, "classification"):
            own = any(coding.get("system") == ATC and len(str(coding.get("code", ""))) == 7 for coding in _list(node, "coding"))
            if not own and _concept(node):
                yield _concept(node).lower()


def _translations(one: Node) -> dict[str, str]:
    """Names by FHIR's translation extension on `code.text` or on a coding's `display`."""
    code = one.get("code")
    code = code if isinstance(code, dict) else {}
    holders = [code.get("_text"), *(coding.get("_display") for coding in _list(code, "coding"))]
    found: dict[str, str] = {}
    for holder in holders:
        for extension in _list(holder, "extension") if isinstance(holder, dict) else []:
            parts = {part.get("url"): part.get("valueCode") or part.get("valueString") for part in _list(extension, "extension")}
            language, content = str(parts.get("lang") or "")[:2], parts.get("content")
            if language in LANGUAGES and isinstance(content, str):
                found.setdefault(language, content)
    return found


def _old_guides(one: Node) -> Iterator[Node]:
    """R4: the indication of an administration guideline."""
    for guide in _list(one, "administrationGuidelines"):
        found = guide.get("indicationCodeableConcept")
        if isinstance(found, dict):
            yield found


def _doses(one: Node) -> tuple[list[Node], dict[str, list[str]]]:
    """Whole doses; and the words of those that are not whole."""
    doses: list[Node] = []
    words: list[str] = []
    for indication, dosage in _dosages(one):
        made = _dose(indication, dosage)
        if made:
            doses.append(made)
        elif dosage.get("text"):
            words.append(str(dosage["text"]))
    return doses, {"dosage_and_administration": words}


def _dosages(one: Node) -> Iterator[tuple[str, Node]]:
    for guide in _list(one, "administrationGuidelines"):
        found = guide.get("indicationCodeableConcept")
        for group in _list(guide, "dosage"):
            yield from ((_concept(found) if isinstance(found, dict) else "", dosage) for dosage in _list(group, "dosage"))
    for guide in _list(one, "indicationGuideline"):
        named = next((_concept(use) for use in _list(guide, "indication")), "")
        for dosing in _list(guide, "dosingGuideline"):
            for group in _list(dosing, "dosage"):
                yield from ((named, dosage) for dosage in _list(group, "dosage"))


def _dose(indication: str, dosage: Node) -> Node | None:
    quantity = next((rate.get("doseQuantity") for rate in _list(dosage, "doseAndRate") if isinstance(rate.get("doseQuantity"), dict)), None)
    route = dosage.get("route")
    often = _frequency(dosage.get("timing"))
    if not (quantity and isinstance(route, dict) and _concept(route) and often and indication):
        return None
    value, unit = quantity.get("value"), quantity.get("unit") or quantity.get("code")
    if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0 or not unit:
        return None
    route_name = _concept(route).lower().removesuffix(" route").removesuffix(" use")
    return {
        "indication": indication.lower(),
        "amount": value,
        "unit": unit,
        "route": route_name,
        "frequency": often,
        "note": str(dosage.get("text") or ""),
    }


def _frequency(timing: Any) -> str:
    """`timing.repeat` in our words; empty where it is not stated plainly."""
    repeat = timing.get("repeat") if isinstance(timing, dict) else None
    if not isinstance(repeat, dict) or any(key in repeat for key in ("frequencyMax", "periodMax")):
        return ""
    count, period, unit = repeat.get("frequency", 1), repeat.get("period"), repeat.get("periodUnit")
    if not isinstance(count, int) or not isinstance(period, int | float) or unit not in DAY or count <= 0 or period <= 0:
        return ""
    if count == 1 and unit == "h":
        return f"every {period:g} hours"
    if unit == "wk" and count == period == 1:
        return "once weekly"
    return OFTEN.get(count / period, "") if unit == "d" and count / period in (1.0, 2.0, 3.0, 4.0) else ""


def _uses(one: Node, uses: list[Node]) -> dict[str, list[str]]:
    """R5 ClinicalUseDefinitions whose subject is this resource: contraindications and interactions as text."""
    mine = f"{one['resourceType']}/{one.get('id')}"
    found: dict[str, list[str]] = {"contraindications": [], "drug_interactions": []}
    for use in uses:
        if not any(str(subject.get("reference", "")).endswith(mine) for subject in _list(use, "subject")):
            continue
        against, with_other = use.get("contraindication"), use.get("interaction")
        if isinstance(against, dict) and isinstance(against.get("diseaseSymptomProcedure"), dict):
            found["contraindications"].append(_concept(against["diseaseSymptomProcedure"]) + ".")
        if isinstance(with_other, dict):
            others = [_concept(part.get("itemCodeableConcept") or {}) for part in _list(with_other, "interactant")]
            effect = with_other.get("effect")
            found["drug_interactions"].append(f"{', '.join(filter(None, others))}: {_concept(effect) if isinstance(effect, dict) else ''}.")
    return found


def _concept(node: Node) -> str:
    """The words of a CodeableConcept, or of an R4 or R5 node that holds one."""
    for key in ("concept", "item", "itemCodeableConcept"):
        if isinstance(node.get(key), dict):
            return _concept(node[key])
    text = node.get("text") or next((coding.get("display") for coding in _list(node, "coding") if coding.get("display")), "")
    return " ".join(str(text or "").split())


def _list(node: Any, key: str) -> list[Node]:
    """The objects of a list; anything else there is passed over."""
    value = node.get(key) if isinstance(node, dict) else None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _strings(node: Node, key: str) -> list[str]:
    value = node.get(key)
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
