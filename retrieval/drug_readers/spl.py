"""HL7 Structured Product Labeling (US labels as XML): names, and sections by their LOINC code as text.

Parsed with defusedxml: entities, external references and DTDs are refused. Subsections belong to the section they stand in.
"""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from retrieval.drug_readers import draft
from retrieval.errors import SourceInvalid
from retrieval.types import DrugRecord

V3 = "{urn:hl7-org:v3}"
CODES = {
    "34066-1": "boxed_warning",
    "34067-9": "indications_and_usage",
    "34068-7": "dosage_and_administration",
    "34070-3": "contraindications",
    "43685-7": "warnings_and_cautions",
    "34071-1": "warnings",
    "34073-7": "drug_interactions",
    "43684-0": "use_in_specific_populations",
    "42228-7": "pregnancy",
    "34080-2": "nursing_mothers",
    "77290-5": "lactation",
    "34081-0": "pediatric_use",
    "34082-8": "geriatric_use",
}
"""LOINC code of a section -> its name in draft.SECTIONS."""
SKIPPED = {f"{V3}{tag}" for tag in ("id", "effectiveTime", "excerpt", "code", "subject", "subject2", "author", "relatedDocument")}
DEEPEST = 60


def read(data: bytes, name: str) -> list[DrugRecord]:
    """The one drug of a label."""
    root = _root(data, name)
    product = root.find(f".//{V3}manufacturedProduct/{V3}manufacturedProduct")
    generic = _text(product.find(f".//{V3}genericMedicine/{V3}name")) if product is not None else ""
    if root.tag != f"{V3}document" or product is None or not generic:
        raise SourceInvalid(name, "no SPL document with a generic medicine", remedy="Give the XML of one US product label.")
    brand = _text(product.find(f"{V3}name"))
    sections: dict[str, str] = {}
    for one in root.iter(f"{V3}section"):
        code = one.find(f"{V3}code")
        key = CODES.get(code.get("code", "")) if code is not None else None
        if key and key not in sections:
            words = draft.section(" ".join(_words(one, 0)))
            if words:
                sections[key] = words
    day = (effective.get("value", "") if (effective := root.find(f"{V3}effectiveTime")) is not None else "")[:8]
    dated = f", {day[:4]}-{day[4:6]}-{day[6:8]}" if len(day) == 8 and day.isdigit() else ""
    fields: dict[str, Any] = {"name": draft.inn(generic), "label": sections, "sources": (f"{brand or generic}, US label (SPL){dated}",)}
    if brand and draft.inn(brand) != draft.inn(generic):
        fields["brands"] = (brand,)
    return [draft.record(fields, name)]


def _root(data: bytes, name: str) -> Element:
    try:
        root: Element = fromstring(data, forbid_dtd=True)
    except DefusedXmlException as error:
        raise SourceInvalid(
            name, "holds a DTD, an entity or an external reference", remedy="Such files are not read; export it again."
        ) from error
    except (ParseError, ValueError, RecursionError) as error:
        raise SourceInvalid(name, f"not XML ({error})", remedy="Export the label again.") from error
    return root


def _text(element: Element | None) -> str:
    return " ".join("".join(element.itertext()).split()) if element is not None else ""


def _words(element: Element, depth: int) -> list[str]:
    """The words of a section and its subsections, in order; each element parted by a space."""
    if element.tag in SKIPPED or depth > DEEPEST:
        return []
    words = [element.text or ""]
    for child in element:
        words += [*_words(child, depth + 1), child.tail or ""]
    return [" ".join(word.split()) for word in words if word.strip()]
