"""What the knowledge desk lists: files on their way by whose turn it is, the publishing of the index, what came and went lately."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from clinic.knowledge.models import Publication, PublicationState, SourceVersion, Upload, UploadState, VersionState
from clinic.knowledge.shelves import DRUG

LATELY = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """A file that is being read, and how far."""

    upload: Upload
    done: int

    @property
    def total(self) -> int:
        return self.upload.pages_total

    @property
    def words(self) -> str:
        if self.upload.state == UploadState.UPLOADED:
            return "Waits for the reader"
        return f"Page {self.done} of {self.total}" if self.total else f"{self.done} pages so far"


@dataclass(frozen=True, slots=True)
class Now:
    """What moves by itself: readings, and the index."""

    readings: tuple[Reading, ...]
    publication: Publication | None
    """The one that waits or runs, or the last one if it failed."""

    @property
    def moving(self) -> bool:
        waits = self.publication is not None and self.publication.state != PublicationState.FAILED
        return bool(self.readings) or waits


@dataclass(frozen=True, slots=True)
class Desk:
    """The worklist of one user."""

    now: Now
    mend: tuple[Upload, ...]
    approve: tuple[Upload, ...]
    others: tuple[Upload, ...]
    soon: tuple[SourceVersion, ...]
    lately: tuple[SourceVersion, ...]
    ended: tuple[SourceVersion, ...]


def desk(user: Any) -> Desk:
    """Whose turn it is, as the user sees it: own files first, then what a second person is needed for."""
    live = list(_uploads().filter(state__in=(*Upload.MENDABLE, UploadState.PROPOSED, UploadState.REFUSED)))
    mend = [one for one in live if one.state != UploadState.PROPOSED and one.written_by(user)]
    approve = [one for one in live if one.state == UploadState.PROPOSED and not one.written_by(user)]
    others = [one for one in live if one not in mend and one not in approve]
    versions = SourceVersion.objects.exclude(source__slug__startswith=DRUG).select_related("source").defer("text")
    return Desk(
        now=now(),
        mend=tuple(mend),
        approve=tuple(approve),
        others=tuple(others),
        soon=tuple(versions.filter(state=VersionState.APPROVED, effective__gt=timezone.localdate()).order_by("effective")),
        lately=tuple(versions.filter(state=VersionState.PUBLISHED).order_by("-published_at", "-pk")[:LATELY]),
        ended=tuple(versions.filter(ended_at__isnull=False).order_by("-ended_at", "-pk")[:LATELY]),
    )


def now() -> Now:
    rows = _uploads().filter(state__in=(UploadState.UPLOADED, UploadState.READING)).annotate(done=Count("pages")).order_by("uploaded_at")
    return Now(tuple(Reading(one, one.done) for one in rows), publication())


def reading(upload: Upload) -> Reading:
    return Reading(upload, upload.pages.count())


def publication() -> Publication | None:
    """What is being published or waits; or the newest, if it failed."""
    rows = list(Publication.objects.order_by("-requested_at")[:5])
    moving = [one for one in rows if one.state in (PublicationState.RUNNING, PublicationState.QUEUED)]
    if moving:
        return moving[-1]
    return rows[0] if rows and rows[0].state == PublicationState.FAILED else None


def _uploads() -> QuerySet[Upload]:
    return Upload.objects.select_related("uploaded_by", "proposed_by", "decided_by").defer("document")
