"""Sources into SQL, and SQL into a published index generation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

from clinic import wiring
from clinic.audit.log import record
from clinic.knowledge.models import PassageRow, Source, SourceVersion
from retrieval.build import embed_passages
from retrieval.collection import efficacy_documents
from retrieval.document import Document
from retrieval.readers import DOCUMENTS, read
from retrieval.types import Embedder, Passage

BATCH = 64


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: versions written, versions known already, passages in all."""

    new: int
    known: int
    passages: int


def import_folder(folder: Path, *, by: Any) -> Imported:
    """Reads every guideline of a folder. All or nothing: one unreadable file stops the import and names its line."""
    files = sorted(path for path in folder.iterdir() if path.suffix in DOCUMENTS)
    return import_all([(read(data, path.name), sha256(data).hexdigest()) for path in files if (data := path.read_bytes())], by=by)


def import_drugs(*, by: Any) -> Imported:
    """The efficacy records of the Formulary, a source for each drug."""
    documents = efficacy_documents(wiring.formulary().records())
    return import_all([(d, sha256(d.text.encode()).hexdigest()) for d in documents], by=by)


def import_all(documents: Sequence[tuple[Document, str]], *, by: Any) -> Imported:
    """Writes what is new among (document, digest of its file); all or nothing."""
    with transaction.atomic():
        new = sum(import_document(document, digest, by=by) for document, digest in documents)
        if new:
            mark_superseded()
    return Imported(new, len(documents) - new, PassageRow.objects.count())


def import_document(document: Document, digest: str, *, by: Any) -> bool:
    """Writes one version with its passages; False if this very file is known already."""
    if SourceVersion.objects.filter(digest=digest).exists():
        return False
    meta = document.meta
    with transaction.atomic():
        source, _ = Source.objects.update_or_create(slug=meta.id, defaults={"title": meta.title, "specialty": meta.specialty})
        SourceVersion.objects.filter(source=source, version=meta.version).delete()
        row = SourceVersion.objects.create(
            source=source,
            version=meta.version,
            organisation=meta.organisation,
            effective=date.fromisoformat(meta.effective),
            language=meta.language,
            superseded=bool(meta.superseded_by),
            text=document.text,
            digest=digest,
        )
        _write(document.passages, row)
        record("source.imported", f"source:{source.slug}", by=by, version=meta.version, digest=digest, passages=len(document.passages))
    return True


def mark_superseded() -> None:
    """Of each source only the version that took effect last is in force."""
    for source in Source.objects.all():
        newest = source.versions.order_by("-effective", "-version").first()
        if newest is not None:
            source.versions.exclude(pk=newest.pk).update(superseded=True)


def in_force() -> list[Passage]:
    """Every passage that new consults may rest on."""
    rows = PassageRow.objects.exclude(version__superseded=True).order_by("pk")
    return [Passage.model_validate(body) for body in rows.values_list("body", flat=True)]


def publish(*, by: Any, progress: Callable[[int, int], None] = lambda done, total: None) -> str:
    """Embeds what has no vector yet, builds the generation from SQL alone, publishes it. Returns its digest."""
    embedder = wiring.embedder()
    missing = list(PassageRow.objects.exclude(version__superseded=True).exclude(embedder=embedder.digest))
    for start in range(0, len(missing), BATCH):
        _embed(missing[start : start + BATCH], embedder)
        progress(min(start + BATCH, len(missing)), len(missing))
    passages = in_force()
    rows = PassageRow.objects.filter(embedder=embedder.digest).values_list("pk", "vector")
    vectors = {pk: np.frombuffer(bytes(vector), dtype="<f4") for pk, vector in rows if vector}
    digest = wiring.publish_index(progress)(passages, vectors)
    with transaction.atomic():
        record("index.published", f"index:{digest}", by=by, passages=len(passages), embedder=embedder.digest)
    return digest


def _embed(rows: Sequence[PassageRow], embedder: Embedder) -> None:
    vectors = embed_passages([Passage.model_validate(row.body) for row in rows], embedder)
    for row in rows:
        row.vector, row.embedder = vectors[row.pk].astype("<f4").tobytes(), embedder.digest
    PassageRow.objects.bulk_update(rows, ["vector", "embedder"])


def _write(passages: Sequence[Passage], version: SourceVersion) -> None:
    PassageRow.objects.bulk_create(
        [PassageRow(id=p.id, version=version, place=n, body=p.model_dump(mode="json")) for n, p in enumerate(passages)],
        ignore_conflicts=True,
    )
