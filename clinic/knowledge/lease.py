"""Claiming the two jobs of this app: reading a file, and publishing the index. How a claim holds: clinic/leasing.py."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Manager, Q
from django.db.models.functions import Now

from clinic import leasing
from clinic.knowledge.models import Publication, PublicationState, Upload, UploadState


class ReadingLease(leasing.Lease):
    """A claim on an upload; renewed with every page."""

    rows: ClassVar[Manager[Upload]] = Upload.objects
    running: ClassVar[str] = UploadState.READING


class PublishingLease(leasing.Lease):
    """A claim on a publication; renewed with every batch of passages."""

    rows: ClassVar[Manager[Publication]] = Publication.objects
    running: ClassVar[str] = PublicationState.RUNNING


def free(kind: type[leasing.Lease]) -> Q:
    """Jobs that a worker may take: those that wait, and those whose worker has gone silent."""
    waiting = UploadState.UPLOADED if kind is ReadingLease else PublicationState.QUEUED
    return Q(state=waiting) | Q(state=kind.running, lease_until__lt=Now())


def claim_reading(upload_id: UUID) -> ReadingLease | None:
    return leasing.take(ReadingLease, upload_id, leasing.holder(), free(ReadingLease))


def claim_publishing(publication_id: UUID) -> PublishingLease | None:
    """None too while another publication runs: one at a time."""
    try:
        with transaction.atomic():
            return leasing.take(PublishingLease, publication_id, leasing.holder(), free(PublishingLease))
    except IntegrityError:
        return None
