"""What a published index still holds and nobody may find any more: a withdrawal takes effect at once, before the next generation is built."""

from __future__ import annotations

from collections.abc import Collection

from clinic.knowledge.models import PassageRow, SourceVersion, VersionState
from retrieval.types import Hit, Library

SPARE = 20
"""Hits looked at besides those asked for, where something is withdrawn."""


def search(library: Library, query: str, limit: int = 12, language: str | None = None) -> list[Hit]:
    """The library's hits without those of withdrawn versions."""
    gone = withdrawn()
    if not gone:
        return library.search(query, limit, language)
    hits = library.search(query, limit + SPARE, language)
    return [hit for hit in hits if (hit.passage.source, hit.passage.version) not in gone][:limit]


def withdrawn() -> frozenset[tuple[str, str]]:
    """(source, version) of all that has been withdrawn, as citations name them."""
    return frozenset(SourceVersion.objects.filter(state=VersionState.WITHDRAWN).values_list("source_id", "version"))


def ended_among(passages: Collection[str], hold: bool = False) -> list[SourceVersion]:
    """The versions among these passages' own that were withdrawn or superseded. `hold`: inside a transaction, against a withdrawal
    that comes at the same moment."""
    ids = PassageRow.objects.filter(pk__in=set(passages)).values("version")
    rows = SourceVersion.objects.filter(pk__in=ids).defer("text").order_by("pk")
    found = list(rows.select_for_update() if hold else rows.select_related("source"))
    return [one for one in found if one.withdrawn or one.superseded]
