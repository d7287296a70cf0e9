"""What is done to a consult: request, cancel, and, by the worker, finish or fail; and to its kind: choose a model. One function per mutation."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.dispatch import Signal

from clinic.audit.log import canonical, in_turn, record
from clinic.consults import routing
from clinic.consults.fitness import refusal
from clinic.consults.lease import Lease, LeaseLost
from clinic.consults.models import ENDED, Consult, ConsultOutcome, Route, State
from clinic.consults.recall import cited, note
from clinic.consults.stream import hint
from clinic.knowledge import standing
from clinic.people.access import require
from clinic.reasoning.kinds import KINDS
from clinic.reasoning.outcome import Advice
from clinic.reasoning.values import Value
from inference.types import Effort

log = logging.getLogger(__name__)


class SourceEnded(RuntimeError):
    """A cited source was withdrawn or superseded while the consult ran: it is read again from the start, without that source."""

    code = "source_ended"


ended = Signal()
"""Sent with `consult` inside the transaction in which a consult ends, so that who asked for it can follow in the same commit."""


def request(kind: str, brief: Value, *, by: Any, hospital: str) -> Consult:
    """Writes the job and its log entry; the caller's transaction decides. The broker is told after the commit."""
    if kind not in KINDS:
        raise KeyError(f"{kind} is not a kind of consult; known: {', '.join(KINDS)}")
    require(by, "consult.request")
    to = routing.chosen(kind)
    body = brief.model_dump(mode="json")
    with in_turn():
        consult = Consult.objects.create(kind=kind, brief=body, requested_by=by.username, hospital=hospital, model=to.model, effort=to.effort)
        consult.brief = {**body, "client": str(consult.pk)}
        consult.save(update_fields=["brief"])
        record("consult.requested", f"consult:{consult.pk}", by=by, kind=kind, brief=_digest(consult.brief), model=to.model, effort=to.effort)
        transaction.on_commit(lambda: send(consult.pk), robust=True)
    return consult


class Refused(ValueError):
    """The choice cannot be made; the sentence says why and what to do."""

    code = "choice_refused"


LEAST_REASON = 20
"""Characters of a reason: enough to name what was measured."""


def choose_model(kind: str, model: str, effort: Effort, reason: str, *, by: Any) -> Route:
    """From now on consults of the kind are put to the model; those already asked for keep theirs. Raises Refused."""
    require(by, "system.configure")
    if kind not in KINDS:
        raise Refused(f"{kind} is not a kind of consult; known: {', '.join(KINDS)}.")
    if len(reason := reason.strip()) < LEAST_REASON:
        raise Refused(f"Give the reason in at least {LEAST_REASON} characters: what was measured, and where.")
    if why_not := refusal(model, {choice.model for choice in routing.choices() if choice.kind != kind}):
        raise Refused(why_not)
    with in_turn():
        route = Route.objects.create(kind=kind, model=model, effort=effort, reason=reason, by=by.username)
        record("model.chosen", f"kind:{kind}", by=by, model=model, effort=effort, reason=_digest(reason), route=route.pk)
    return route


def send(consult_id: UUID) -> bool:
    """Puts the id on the broker. A hint only: False, and no error, when the broker is away."""
    from clinic.consults.tasks import run_consult

    Consult.objects.filter(pk=consult_id).update(sent_at=Now())
    try:
        run_consult.apply_async((str(consult_id),), retry=False, ignore_result=True)
    except Exception as error:  # kombu raises what its transport raises
        log.warning("broker not reached, the sweeper will run consult %s: %s", consult_id, error)
        Consult.objects.filter(pk=consult_id).update(sent_at=None)
        return False
    return True


def cancel(consult: Consult, *, by: Any) -> None:
    """Stops a consult; a running one stops at its next token. Nothing happens to one that has ended."""
    require(by, "consult.request", consult)
    with in_turn():
        row = Consult.objects.select_for_update().get(pk=consult.pk)
        if row.ended:
            return
        row.cancel_asked, row.state, row.ended_at = True, State.CANCELLED, Now()
        row.save(update_fields=["cancel_asked", "state", "ended_at"])
        record("consult.cancelled", f"consult:{row.pk}", by=by)
        ended.send(Consult, consult=row)
    hint(consult.pk)


def finish(lease: Lease, conclusion: Any, versions: dict[str, Any], seconds: float) -> ConsultOutcome:
    """Writes the one outcome under the fence. Raises LeaseLost if the worker is too late (its result is logged as discarded), and
    SourceEnded if what it cites does not stand any more."""
    body = conclusion.model_dump(mode="json")
    state = State.ADVISED if isinstance(conclusion, Advice) else State.ABSTAINED
    try:
        with in_turn():
            if Consult.objects.filter(lease.mine(), cancel_asked=False).update(state=state, ended_at=Now(), fault="") != 1:
                raise LeaseLost(f"consult {lease.consult_id} is no longer held under fence {lease.fence}")
            if gone := standing.ended_among(cited(body), hold=True):
                raise SourceEnded(f"{gone[0]} was {gone[0].get_state_display().lower()} while this consult ran; it is read again without it.")
            consult = Consult.objects.get(pk=lease.consult_id)
            outcome = ConsultOutcome.objects.create(
                consult=consult, conclusion=body, versions=versions, seconds=seconds, digest=_digest(body)
            )
            note(outcome)
            record(
                f"consult.{state}",
                f"consult:{consult.pk}",
                by="system:worker",
                outcome=outcome.digest,
                fence=lease.fence,
                **_short(versions),
            )
            ended.send(Consult, consult=consult)
    except (LeaseLost, IntegrityError) as error:
        with in_turn():
            record("consult.discarded", f"consult:{lease.consult_id}", by="system:worker", fence=lease.fence, outcome=_digest(body))
        raise LeaseLost(str(error)) from error
    hint(lease.consult_id)
    return outcome


def fail(lease: Lease, fault: str, retryable: bool = True, counts: bool = True) -> State | None:
    """Ends an attempt: back to the queue, or to a human after the last attempt or where no retry can mend it.
    `counts` False: nothing was wrong with the attempt, there was no room for it."""
    with in_turn():
        consult = Consult.objects.select_for_update().filter(lease.mine()).first()
        if consult is None:
            return None
        consult.attempts -= not counts
        last = not retryable or consult.attempts >= settings.ATTEMPTS
        consult.state = State.NEEDS_HUMAN if last else State.QUEUED
        consult.fault, consult.lease_until, consult.sent_at = fault, None, None
        consult.ended_at = Now() if last else None
        consult.save(update_fields=["state", "attempts", "fault", "lease_until", "ended_at", "sent_at"])
        record(
            "consult.needs_human" if last else "consult.failed",
            f"consult:{consult.pk}",
            by="system:worker",
            fence=lease.fence,
            fault=fault[:200],
        )
        if last:
            ended.send(Consult, consult=consult)
    hint(lease.consult_id)
    return State(consult.state)


def exhaust(consult_id: UUID) -> None:
    """A consult whose worker died at the last allowed attempt goes to a human, never into silence."""
    with in_turn():
        changed = (
            Consult.objects.filter(pk=consult_id, state=State.RUNNING, attempts__gte=settings.ATTEMPTS, lease_until__lt=Now())
        ).update(state=State.NEEDS_HUMAN, ended_at=Now(), fault="The worker stopped three times while it was reading this case.")
        if changed:
            consult = Consult.objects.get(pk=consult_id)
            record("consult.needs_human", f"consult:{consult_id}", by="system:sweeper", fault="worker lost")
            ended.send(Consult, consult=consult)


def _digest(value: Any) -> str:
    from hashlib import sha256

    return sha256(canonical(value).encode()).hexdigest()


def _short(versions: dict[str, Any]) -> dict[str, str]:
    return {key: str(versions.get(key, "")) for key in ("model", "model_digest", "effort", "index", "prompt", "code")}


__all__ = ["ENDED", "Refused", "cancel", "choose_model", "ended", "exhaust", "fail", "finish", "request", "send"]
