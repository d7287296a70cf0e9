"""The Consult row is the job; its events are rows too, so that nothing depends on Redis. Beside them: which model a kind is put to."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models

from inference.types import Effort

EFFORTS = [(effort.value, effort.value.capitalize()) for effort in Effort]


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
    model = models.CharField(max_length=200, blank=True, help_text="The model it was asked of; a later choice does not change it.")
    effort = models.CharField(max_length=10, choices=EFFORTS, default=Effort.HIGH.value, help_text="How much that model may think.")
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


class Citation(models.Model):
    """One passage that an outcome cites, written with it: what rests on a source is looked up here, never searched in texts."""

    outcome = models.ForeignKey(ConsultOutcome, on_delete=models.CASCADE, related_name="citations", help_text="Of which consult.")
    passage = models.CharField(max_length=16, help_text="The passage's id, which is the hash of its content; kept whatever becomes of the row.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["passage", "outcome"], name="consults_citation_once")]

    def __str__(self) -> str:
        return f"{self.passage} in {self.outcome_id}"


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


class Route(models.Model):
    """The choice of a model for a kind of consult. Rows are only added; the newest of a kind holds, the others are its history."""

    kind = models.CharField(max_length=40, help_text="A key of KINDS.")
    model = models.CharField(max_length=200, help_text="A card's name, or the name under which the model server serves it.")
    effort = models.CharField(max_length=10, choices=EFFORTS, help_text="How much the model may think.")
    reason = models.TextField(help_text="Why this model, in the words of who chose it: what was measured.")
    by = models.CharField(max_length=150, help_text="Username.")
    at = models.DateTimeField(auto_now_add=True, help_text="When it was chosen.")

    class Meta:
        ordering = ["-id"]
        constraints = [models.CheckConstraint(condition=models.Q(effort__in=[e.value for e in Effort]), name="consults_route_effort_known")]
        indexes = [models.Index(fields=["kind", "-id"], name="consults_route_newest")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.model}, effort {self.effort}"


class Host(models.Model):
    """A model host of this machine as its keeper last saw it (clinic/deploy/model.py)."""

    model = models.CharField(max_length=200, unique=True, help_text="A card's name.")
    pid = models.PositiveIntegerField(null=True, help_text="Its process, while it runs.")
    ready = models.BooleanField(default=False, help_text="It has written its fingerprint.")
    says = models.TextField(blank=True, help_text="Why it does not run, in words for a person.")
    crashes = models.PositiveIntegerField(default=0, help_text="Times it ended by itself and was started again, ever.")
    recycled = models.PositiveIntegerField(default=0, help_text="Times it was started afresh after its number of requests, ever.")
    kept = models.BooleanField(default=True, help_text="Its keeper means it to run.")
    seen = models.DateTimeField(auto_now=True, help_text="When its keeper last looked.")

    def __str__(self) -> str:
        return f"host of {self.model}"


class Sample(models.Model):
    """Figures of one moment, for the plots: of the whole house, or of one model host. Kept for a day."""

    at = models.DateTimeField(db_index=True, help_text="When; rows of one look share it.")
    host = models.CharField(max_length=200, blank=True, help_text="A card's name; empty for the house.")
    figures = models.JSONField(help_text="Name -> number: those of gauges.house, or of the host's metrics verb.")

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.host or 'house'} at {self.at:%H:%M:%S}"
