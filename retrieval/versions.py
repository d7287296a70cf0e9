"""Which versions of the sources are in force. Superseded ones never reach an index."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from retrieval.document import Document
from retrieval.errors import VersionsConflict
from retrieval.types import Passage


def in_force(documents: Iterable[Document], on: date | None = None) -> list[Document]:
    """One version of each source, by `supersedes` and `superseded_by`; with `on`, versions not yet effective are passed over."""
    by_source: dict[str, list[Document]] = defaultdict(list)
    for document in documents:
        if on is None or date.fromisoformat(document.meta.effective) <= on:
            by_source[document.meta.id].append(document)
    chosen = []
    for source, versions in sorted(by_source.items()):
        present = {document.meta.version for document in versions}
        replaced = {document.meta.supersedes for document in versions}
        current = [one for one in versions if one.meta.version not in replaced and not _gone(one, present, on)]
        if len(current) > 1:
            listed = ", ".join(sorted(one.meta.version for one in current))
            raise VersionsConflict(f"{source}: versions {listed} are all in force. Say `supersedes` in the newer one.")
        chosen += current
    return chosen


def check_one_version(passages: Iterable[Passage]) -> None:
    """Refuses passages from two versions of one source."""
    versions: dict[str, str] = {}
    for passage in passages:
        if versions.setdefault(passage.source, passage.version) != passage.version:
            raise VersionsConflict(
                f"{passage.source}: passages of versions {versions[passage.source]} and {passage.version}. Give only the version in force."
            )


def _gone(document: Document, present: set[str], on: date | None) -> bool:
    """Superseded; with a date in hand, only by a version that is effective already."""
    by = document.meta.superseded_by
    return bool(by) and (on is None or by in present)
