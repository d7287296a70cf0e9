"""Publishing as a job: asked for by approval, withdrawal or the day a version takes effect; one waits and one runs at most."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now

from clinic import wiring
from clinic.audit.log import in_turn, record
from clinic.knowledge import actions, queue
from clinic.knowledge.lease import PublishingLease, claim_publishing
from clinic.knowledge.models import Publication, PublicationState, SourceVersion, VersionState
from clinic.leasing import LeaseLost
from retrieval.errors import BuildBusy

log = logging.getLogger(__name__)

MEND = timedelta(minutes=5)
"""After a publication has failed, the sweeper asks for another one no sooner than this."""


def ask(why: str, *, by: Any) -> Publication:
    """One publication that waits takes everything along that was approved before it starts."""
    with in_turn():
        waiting = Publication.objects.select_for_update().filter(state=PublicationState.QUEUED).first()
        if waiting is not None:
            return waiting  # and nobody claims it before what is approved here can be seen
        made = Publication.objects.create(why=why[:300], requested_by=by if isinstance(by, str) else by.username)
        record("index.asked", f"publication:{made.pk}", by=by)
        transaction.on_commit(lambda: queue.send(PublishingLease, made.pk), robust=True)
    return made


def ask_if_needed(look: bool = False) -> Publication | None:
    """What asks for a publication without anybody's act: a version whose day has come, an index that is gone, a publication that failed.
    `look`: the files of the index are compared with what was built, byte by byte."""
    why = _due() or _lost(look) or _failed()
    if not why or Publication.objects.filter(_in_hand()).exists():
        return None
    try:
        return ask(why, by="system:sweeper")
    except IntegrityError:
        return None


def _due() -> str:
    known = SourceVersion.objects.filter(state=VersionState.PUBLISHED).values_list("pk", flat=True)
    return "A version has taken effect" if {one.pk for one in actions.due()} - set(known) else ""


def _lost(look: bool) -> str:
    """Once something was published, the index must stand; its passages and vectors are in SQL."""
    if not SourceVersion.objects.filter(state=VersionState.PUBLISHED).exists():
        return ""
    if not wiring.index_stands():
        return "The index was gone or made by another embedder"
    if look and (bad := wiring.index_damage()):
        return f"The index was damaged: {', '.join(bad)}"
    return ""


def _failed() -> str:
    """The index lags behind the rows: what was withdrawn is still in it, what was approved is not."""
    newest = Publication.objects.order_by("-requested_at").first()
    return "The last publication failed" if newest and newest.state == PublicationState.FAILED else ""


def _in_hand() -> Q:
    """Publications that wait or run, or failed a moment ago."""
    busy = Q(state__in=(PublicationState.QUEUED, PublicationState.RUNNING))
    return busy | Q(state=PublicationState.FAILED, ended_at__gt=Now() - MEND)


def work(publication_id: UUID) -> str:
    """Runs the publication if it is free. Returns how it went, for the log of operations."""
    lease = claim_publishing(publication_id)
    if lease is None:
        return "not free"
    if Publication.objects.values_list("attempts", flat=True).get(pk=publication_id) > settings.ATTEMPTS:
        _end(lease, PublicationState.FAILED, fault=f"The builder stopped {settings.ATTEMPTS} times without a word: see the worker's log, memory and disk.")
        return "failed"
    try:
        digest = actions.publish(by="system:worker", progress=lambda done, total: lease.renew(done=done, total=total))
        _end(lease, PublicationState.DONE, generation=digest)
    except LeaseLost as error:
        log.info("%s", error)
        return "lease lost"
    except Exception as error:
        log.exception("publication %s, attempt under fence %s failed", publication_id, lease.fence)
        row = Publication.objects.get(pk=publication_id)
        busy = isinstance(error, BuildBusy)
        last = not busy and (row.attempts >= settings.ATTEMPTS or not getattr(error, "retryable", True))
        fault = str(error) or type(error).__name__
        _end(lease, PublicationState.FAILED if last else PublicationState.QUEUED, fault=fault[:2000], attempts=row.attempts - busy)
        return "failed" if last else "again"
    return "done"


def _end(lease: PublishingLease, state: PublicationState, **also: Any) -> None:
    """Back in the queue, it is sent again by the sweeper; another one may have queued meanwhile, which does the same."""
    ended = None if state == PublicationState.QUEUED else Now()
    try:
        with in_turn():
            Publication.objects.filter(lease.mine()).update(state=state, lease_until=None, ended_at=ended, **also)
            if state == PublicationState.FAILED:
                record("index.failed", f"publication:{lease.pk}", by="system:worker", fault=str(also.get("fault", ""))[:200])
    except IntegrityError:
        _end(lease, PublicationState.FAILED, **also)
