"""A hospital's guideline as a file, and the way of a file into the library, through the actions wherever an action exists."""

from __future__ import annotations

from clinic.audit.models import Entry
from clinic.knowledge import life, reader
from clinic.knowledge.models import SourceVersion, Upload
from tests.cast import user

PHARMACIST, EDITOR = "pharmacist-sato", "editor-lindqvist"

HEAD = """---
id: {id}
title: {title}
organisation: Demonstration Hospital
version: "{version}"
effective: {effective}
language: en
specialty: cardiology
conditions: [atrial fibrillation]
references:
  esc-2024: European Society of Cardiology (ESC), 2024 guideline on atrial fibrillation
---
# {title}

## Choice of anticoagulant

- **R1** (strong, high) Offer {drug} rather than warfarin to adults with atrial fibrillation and reduced kidney function. [esc-2024]
- **R2** (conditional, low) Check creatinine every {months} months in adults with atrial fibrillation who take {drug}. [esc-2024]

## Background

Atrial fibrillation is common in old age and many patients have reduced kidney function. [esc-2024]
"""


def guideline(
    id: str = "ward-af", title: str = "Anticoagulation on our wards", version: str = "1", effective: str = "2026-01-15", drug: str = "apixaban",
    months: int = 6, more: str = "",
) -> bytes:  # fmt: skip
    """A Markdown file of three units."""
    return (HEAD.format(id=id, title=title, version=version, effective=effective, drug=drug, months=months) + more).encode()


def received(data: bytes | None = None, name: str = "ward-af.md", by: str = PHARMACIST) -> Upload:
    return life.receive(name, guideline() if data is None else data, by=user(by))[0]


def read(data: bytes | None = None, name: str = "ward-af.md", by: str = PHARMACIST) -> Upload:
    """Read by the real reading process."""
    upload = received(data, name, by)
    reader.work(upload.pk)
    upload.refresh_from_db()
    return upload


def proposed(data: bytes | None = None, by: str = PHARMACIST) -> Upload:
    upload = read(data, by=by)
    life.propose(upload, "Please look at R1.", by=user(by))
    return upload


def approved(data: bytes | None = None) -> SourceVersion:
    return life.approve(proposed(data), "Checked.", by=user(EDITOR))


def acts(subject: str) -> list[str]:
    """What the log says was done to it, in order."""
    return [one.partition(".")[2] for one in Entry.objects.filter(subject=subject).order_by("index").values_list("act", flat=True)]
