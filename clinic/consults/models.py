"""The Consult row is the job; its events are rows too, so that nothing depends on Redis."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models


class State(models.TextChoices):
    """Life of a consult (evidence.md, section 1.2)."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    ADVISED = "advised", "Advised"
    ABSTAINED = "abstained", "Abstained"
    NEEDS_HUMAN = "needs_human", "Needs a human"
    CANCELLED = "cancelled", "Cancelled"


ENDED = (State.ADVISED, State.ABSTAINED, State.NEEDS_HUMAN, State.CANCELLED)


class Consult(models.Model):
    """One request put to the model."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Public id; all that Celery carries.")
    kind = models.CharField(max_length=40, help_text="A key of KINDS.")
    hospital = models.SlugField(default="demo", help_text="Whose.")
    brief = models.JSONField(help_text="The kind's Brief: facts without identity.")
    state = models.CharField(max_length=20, choices=State, default=State.QUEUED, db_index=True, help_text="Where it stands.")
    stage = models.CharField(max_length=20, blank=True, help_text="The stage last entered.")
    fence = models.PositiveIntegerField(default=0, help_text="Grows with every claim; a late worker's writes carry an old one.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims so far that did not end well.")
    lease_owner = models.CharField(max_length=120, blank=True, help_text="Which worker.")
    lease_until = models.DateTimeField(null=True, blank=True, help_text="After this the consult may be claimed again.")
    cancel_asked = models.BooleanField(default=False, help_text="A user asked to stop.")
    requested_by = models.CharField(max_length=150, help_text="Username.")
    requested_at = models.DateTimeField(auto_now_add=True, db_index=True, help_text="When the request was written.")
    started_at = models.DateTimeField(null=True, blank=True, help_text="First claim.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When the outcome was written.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the id was last put on the broker.")
    fault = models.TextField(blank=True, help_text="Why the last attempt failed, in words for a person.")

    class Meta:
        ordering = ["requested_at"]
        constraints = [models.CheckConstraint(condition=models.Q(state__in=[s.value for s in State]), name="consults_consult_state_known")]
        indexes = [models.Index(fields=["state", "requested_at"], name="consults_by_state")]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    def allows(self, user: Any, act: str) -> bool:
        """A consult on a disagreement is asked for and stopped by its two doctors."""
        link = getattr(self, "arbitration", None)
        return link is None or bool(link.disagreement.allows(user, act))


class ConsultOutcome(models.Model):
    """The one outcome of a consult: UNIQUE(consult) makes a second one impossible."""

    consult = models.OneToOneField(Consult, on_delete=models.PROTECT, related_name="outcome", help_text="Of which consult.")
    conclusion = models.JSONField(help_text="Advice or Abstention.")
    versions = models.JSONField(help_text="Model digest, template, engine, index, prompt, seed, code: for replay.")
    seconds = models.FloatField(help_text="Wall time from claim to outcome.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the canonical conclusion, as in the log.")
    at = models.DateTimeField(auto_now_add=True, help_text="When it was written.")

    def __str__(self) -> str:
        return f"outcome of {self.consult_id}"


class ConsultEvent(models.Model):
    """One event of one attempt, as the page follows it. The `think` text of a run stays here, for auditors."""

    consult = models.ForeignKey(Consult, on_delete=models.CASCADE, related_name="events", help_text="Of which consult.")
    fence = models.PositiveIntegerField(help_text="Which attempt.")
    type = models.CharField(max_length=20, help_text="The event's type.")
    body = models.JSONField(help_text="The event.")
    at = models.DateTimeField(auto_now_add=True, help_text="When it was written.")

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["consult", "id"], name="consults_event_order")]

    def __str__(self) -> str:
        return f"{self.type} of {self.consult_id}"
