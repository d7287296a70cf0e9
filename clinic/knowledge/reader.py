"""Reads one uploaded file, page by page: each page is a row, so that a reading that was cut off goes on at the page where it was."""

from __future__ import annotations

import logging
from uuid import UUID

from django.conf import settings
from django.db.models import Max
from pydantic import ValidationError

from clinic.audit.log import in_turn, record
from clinic.knowledge.describing import document_of, pages_of
from clinic.knowledge.lease import ReadingLease, claim_reading
from clinic.knowledge.models import Upload, UploadPage, UploadState
from clinic.leasing import LeaseLost
from retrieval.errors import RetrievalError
from retrieval.intake import extract, propose

log = logging.getLogger(__name__)


def work(upload_id: UUID) -> str:
    """Reads the upload if it is free. Returns how it went, for the log of operations."""
    lease = claim_reading(upload_id)
    if lease is None:
        return "not free"
    upload = Upload.objects.select_related("original").get(pk=upload_id)
    if upload.attempts > settings.ATTEMPTS:
        refuse(
            lease, f"The reader stopped {settings.ATTEMPTS} times at page {next_page(upload)}. Save the file anew, or leave that page out."
        )
        return "refused"
    try:
        for page in extract(bytes(upload.original.data), upload.name, next_page(upload)):
            with in_turn():
                lease.renew(force=True, pages_total=page.pages or upload.pages_total, attempts=0)
                UploadPage.objects.create(upload=upload, number=page.number, body=page.model_dump(mode="json"))
        finish(lease)
    except LeaseLost as error:
        log.info("%s", error)
        return "lease lost"
    except (RetrievalError, ValidationError) as error:
        refuse(lease, str(error))
        return "refused"
    except Exception as error:
        log.exception("upload %s could not be read", upload_id)
        refuse(
            lease,
            f"The reader failed in a way that was not foreseen ({type(error).__name__}); the administrator finds it in the worker's log.",
        )
        return "failed"
    return "read"


def next_page(upload: Upload) -> int:
    return int(upload.pages.aggregate(last=Max("number"))["last"] or 0) + 1


def finish(lease: ReadingLease) -> None:
    """Proposes what the source is, assembles its units, and hands it to a person. Raises LeaseLost if we are too late."""
    upload = Upload.objects.get(pk=lease.pk)
    pages = pages_of(upload)
    meta = {**propose(pages, upload.name), **upload.meta}
    document = document_of(upload, meta).model_dump(mode="json")
    lease.renew(force=True)
    with in_turn():
        written = Upload.objects.filter(lease.mine(), cancel_asked=False).update(
            state=UploadState.READ, meta=meta, document=document, pages_total=len(pages), fault="", lease_until=None
        )
        if not written:
            raise LeaseLost(f"the lease {lease.fence} of upload {lease.pk} is gone")
        record("source.read", f"upload:{lease.pk}", by="system:worker", pages=len(pages), units=len(document["passages"]))


def refuse(lease: ReadingLease, fault: str) -> None:
    """The file cannot be read: its page says why. Bytes and pages are kept."""
    with in_turn():
        if Upload.objects.filter(lease.mine()).update(state=UploadState.REFUSED, fault=fault[:2000], lease_until=None):
            record("source.refused", f"upload:{lease.pk}", by="system:worker", fault=fault[:200])
