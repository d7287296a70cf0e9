"""What the readers share: a record from the fields found, clean text, and the sections of a label that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from retrieval.cleaning import clean
from retrieval.errors import SourceInvalid
from retrieval.types import DrugRecord

UNKNOWN = {"advice": "unknown"}
LONGEST = 20_000
"""Characters of one section of a label that are kept."""
CUT = " [cut here; see the source]"

SECTIONS = {
    "boxed_warning": "Boxed warning",
    "indications_and_usage": "Indications and usage",
    "dosage_and_administration": "Dosage and administration",
    "contraindications": "Contraindications",
    "warnings_and_cautions": "Warnings and precautions",
    "warnings": "Warnings",
    "drug_interactions": "Drug interactions",
    "use_in_specific_populations": "Use in specific populations",
    "pregnancy": "Pregnancy",
    "nursing_mothers": "Nursing mothers",
    "lactation": "Lactation",
    "pediatric_use": "Paediatric use",
    "geriatric_use": "Geriatric use",
}
"""openFDA's name of a section -> heading on the drug's page."""


def record(fields: Mapping[str, Any], name: str, *, line: int = 0) -> DrugRecord:
    """A record of what a file states; fields it does not state are unknown, not empty facts. `line`: for messages."""
    known = {"atc": "", "drug_class": "", "indications": (), "pregnancy": UNKNOWN, "lactation": UNKNOWN, **fields}
    try:
        made = DrugRecord.model_validate(known)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SourceInvalid(name, str(first["msg"]), line=line, field=field, remedy="See retrieval/types.py: DrugRecord.") from error
    if not made.name or made.name != inn(made.name):
        raise SourceInvalid(name, "the drug has no plain name in lower case", line=line, field="name", remedy="Write the INN.")
    return made


def inn(written: str) -> str:
    """A name in the form of the records: lower case, single spaces, `a/b` for a combination."""
    plain = " ".join(clean(written).lower().split())
    return plain.replace(" / ", "/").replace(" and ", "/")


def section(text: str) -> str:
    """Clean text of a section, cut at LONGEST with a mark."""
    plain = " ".join(clean(text).split())
    return plain if len(plain) <= LONGEST else plain[: LONGEST - len(CUT)].rstrip() + CUT
