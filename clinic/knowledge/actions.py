"""Sources from a folder into SQL, and SQL into a published index generation. What people do to a source: life.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from django.db.models import F, Q
from django.utils import timezone

from clinic import wiring
from clinic.audit.log import in_turn, record
from clinic.knowledge import recall
from clinic.knowledge.models import STANDING, PassageRow, Source, SourceVersion, VersionState
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
    with in_turn():
        new = sum(import_document(document, digest, by=by) for document, digest in documents)
        if new:
            supersede(due(), by=by)
    return Imported(new, len(documents) - new, PassageRow.objects.count())


def import_document(document: Document, digest: str, *, by: Any) -> bool:
    """Writes one version with its passages; False if this very file is known already, or this version was withdrawn."""
    meta = document.meta
    withdrawn = Q(source=meta.id, version=meta.version, state=VersionState.WITHDRAWN)
    if SourceVersion.objects.filter(Q(digest=digest) | withdrawn).exists():
        return False
    with in_turn():
        source, _ = Source.objects.update_or_create(slug=meta.id, defaults={"title": meta.title, "specialty": meta.specialty})
        SourceVersion.objects.filter(source=source, version=meta.version).delete()
        row = SourceVersion.objects.create(
            source=source,
            version=meta.version,
            organisation=meta.organisation,
            effective=date.fromisoformat(meta.effective),
            language=meta.language,
            state=VersionState.SUPERSEDED if meta.superseded_by else VersionState.APPROVED,
            text=document.text,
            digest=digest,
            approved_by=by if isinstance(by, str) else by.username,
        )
        _write(document.passages, row)
        record("source.imported", f"source:{source.slug}", by=by, version=meta.version, digest=digest, passages=len(document.passages))
    return True


def due() -> list[SourceVersion]:
    """Of each source the version that holds today: the standing one that took effect last."""
    rows = SourceVersion.objects.filter(state__in=STANDING).filter(Q(effective=None) | Q(effective__lte=timezone.localdate()))
    ordered = rows.order_by("source_id", F("effective").asc(nulls_first=True), "pk").select_related("source").defer("text")
    return list({row.source_id: row for row in ordered}.values())


def in_force() -> list[Passage]:
    """Every passage that new consults may rest on."""
    return _passages(due())


def publish(*, by: Any, progress: Callable[[int, int], None] = lambda done, total: None) -> str:
    """Embeds what has no vector yet, builds the generation from SQL alone, publishes it. Returns its digest."""
    embedder, held = wiring.embedder(), due()
    rows = PassageRow.objects.filter(version__in=held)
    missing = sorted(rows.exclude(embedder=embedder.digest), key=lambda row: len(row.body["text"]))
    for start in range(0, len(missing), BATCH):
        _embed(missing[start : start + BATCH], embedder)
        progress(min(start + BATCH, len(missing)), len(missing))
    passages = _passages(held)
    found = rows.filter(embedder=embedder.digest).values_list("pk", "vector")
    vectors = {pk: np.frombuffer(bytes(vector), dtype="<f4") for pk, vector in found if vector}
    digest = wiring.publish_index(progress)(passages, vectors)
    with in_turn():
        new, ended = settle(held)
        record("index.published", f"index:{digest}", by=by, passages=len(passages), embedder=embedder.digest, new=new, superseded=ended)
    return digest


def settle(held: Sequence[SourceVersion]) -> tuple[int, int]:
    """After these have been published: they are in force, and what they replace is superseded. Returns how many of each.

    One that was withdrawn while the index was built stays withdrawn, and supersedes nothing.
    """
    mine = SourceVersion.objects.filter(pk__in=[one.pk for one in held])
    new = mine.filter(state=VersionState.APPROVED).update(state=VersionState.PUBLISHED, published_at=timezone.now())
    standing = set(mine.filter(state=VersionState.PUBLISHED).values_list("pk", flat=True))
    return new, supersede([one for one in held if one.pk in standing], by="system:worker")


def supersede(held: Sequence[SourceVersion], *, by: Any) -> int:
    """Ends the other standing versions of these sources, except those whose day is still to come; tells whom it concerns."""
    by_source = {one.source_id: one for one in held}
    older = SourceVersion.objects.filter(source__in=by_source, state__in=STANDING).exclude(pk__in=[one.pk for one in held])
    ended = 0
    for row in older.filter(Q(effective=None) | Q(effective__lte=timezone.localdate())).select_related("source").defer("text"):
        newer = by_source[row.source_id]
        SourceVersion.objects.filter(pk=row.pk).update(state=VersionState.SUPERSEDED, ended_at=timezone.now())
        record("source.superseded", f"source:{row.source_id}", by=by, version=row.version, newer=newer.version)
        words = f"Superseded: “{row.source.title}”, version {row.version}, on which a consult of yours rests. Version {newer.version} is in force."
        recall.warn(list(row.passages.values_list("pk", flat=True)), f"superseded:{row.pk}", words)
        ended += 1
    return ended


def _passages(held: Sequence[SourceVersion]) -> list[Passage]:
    rows = PassageRow.objects.filter(version__in=held).order_by("pk")
    return [Passage.model_validate(body, extra="ignore") for body in rows.values_list("body", flat=True)]


def _embed(rows: Sequence[PassageRow], embedder: Embedder) -> None:
    vectors = embed_passages([Passage.model_validate(row.body, extra="ignore") for row in rows], embedder)
    for row in rows:
        row.vector, row.embedder = vectors[row.pk].astype("<f4").tobytes(), embedder.digest
    PassageRow.objects.bulk_update(rows, ["vector", "embedder"])


def _write(passages: Sequence[Passage], version: SourceVersion) -> None:
    PassageRow.objects.bulk_create(
        [PassageRow(id=p.id, version=version, place=n, body=p.model_dump(mode="json")) for n, p in enumerate(passages)],
        ignore_conflicts=True,
    )
