"""Two Opinions on one Question of one Case, what was said about them, and who decided."""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.conf import settings
from django.db import models

from clinic.cases.models import Case
from clinic.consults.models import Consult


class State(models.TextChoices):
    """Life of a disagreement (evidence.md, section 1.2)."""

    DRAFT = "draft", "Waiting for both opinions"
    ONE_SEALED = "opinion_1_sealed", "One opinion sealed"
    BOTH_SEALED = "opinion_2_sealed", "Both opinions sealed"
    REVEALED = "revealed", "Revealed"
    CONCORDANT = "closed_concordant", "Closed: the opinions agree"
    CONSULTING = "consulting", "Consulting"
    ADVISED = "advised", "Advised"
    ABSTAINED = "abstained", "Abstained"
    NEEDS_HUMAN = "needs_human", "Needs a human"
    DECIDED = "decided", "Decided"
    TIME_CRITICAL = "blocked_time_critical", "Time-critical: escalate"
    WITHDRAWN = "withdrawn", "Withdrawn"


OPEN = (State.DRAFT, State.ONE_SEALED, State.BOTH_SEALED, State.REVEALED, State.CONSULTING, State.ADVISED, State.ABSTAINED,
        State.NEEDS_HUMAN, State.TIME_CRITICAL)  # fmt: skip


def _coin() -> bool:
    return secrets.randbelow(2) == 1


class Disagreement(models.Model):
    """One Question of one Case on which two doctors differ."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Public id.")
    hospital = models.SlugField(default="demo", help_text="Whose.")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="disagreements", help_text="About whom.")
    question = models.CharField(max_length=1000, help_text="What has to be decided.")
    time_critical = models.BooleanField(default=False, help_text="Never queued: escalation and safety checks only.")
    state = models.CharField(max_length=24, choices=State, default=State.DRAFT, db_index=True, help_text="Where it stands.")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="Who opened it.")
    opened_at = models.DateTimeField(auto_now_add=True, help_text="When.")
    first = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="One doctor.")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="The other doctor.")
    first_is_x = models.BooleanField(default=_coin, help_text="Drawn at random: which opinion is called Plan X.")
    snapshot = models.JSONField(null=True, blank=True, help_text="The CaseSnapshot, frozen at the reveal.")
    concordance = models.JSONField(null=True, blank=True, help_text="What is agreed and what is at issue.")
    example = models.CharField(max_length=80, blank=True, help_text="Slug of the demonstration disagreement it came from.")

    class Meta:
        ordering = ["-opened_at"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(first=models.F("second")), name="disagreements_two_doctors"),
            models.CheckConstraint(condition=models.Q(state__in=[s.value for s in State]), name="disagreements_state_known"),
        ]

    def __str__(self) -> str:
        return self.question

    @property
    def reference(self) -> str:
        """The short id people say to each other."""
        return str(self.id)[:8]

    @property
    def revealed(self) -> bool:
        """Whether both opinions are open: the case was frozen then. Time-critical and withdrawn ones may or may not be."""
        return self.snapshot is not None

    def allows(self, user: Any, act: str) -> bool:
        """What the thing itself says of an act: opinions and decisions belong to the two doctors."""
        if act in ("opinion.write", "decision.make", "consult.request"):
            return user.pk in (self.first_id, self.second_id)
        return True

    def letter(self, user: Any) -> str:
        """`x` or `y`: the plan of this doctor."""
        return "x" if (user.pk == self.first_id) is self.first_is_x else "y"


class Opinion(models.Model):
    """One doctor's plan. A draft may change; once sealed a row never changes, and an edit is a new revision."""

    disagreement = models.ForeignKey(Disagreement, on_delete=models.CASCADE, related_name="opinions", help_text="On what.")
    doctor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="opinions", help_text="Whose.")
    revision = models.PositiveSmallIntegerField(default=1, help_text="Grows with every edit after a seal.")
    plan = models.JSONField(help_text="A reasoning.facts.Plan.")
    confidence = models.PositiveSmallIntegerField(help_text="0 to 100, the doctor's own.")
    salt = models.CharField(max_length=64, default=secrets.token_hex, help_text="32 random bytes for the commitment.")
    commitment = models.CharField(max_length=64, blank=True, help_text="SHA-256 of salt and plan, as in the log.")
    written_at = models.DateTimeField(auto_now=True, help_text="Last edit.")
    sealed_at = models.DateTimeField(null=True, blank=True, help_text="When it was sealed; empty for a draft.")

    class Meta:
        ordering = ["revision"]
        constraints = [
            models.UniqueConstraint(fields=["disagreement", "doctor", "revision"], name="disagreements_opinion_revision_once"),
            models.CheckConstraint(condition=models.Q(confidence__lte=100), name="disagreements_opinion_confidence_percent"),
        ]

    def __str__(self) -> str:
        return f"opinion of {self.doctor} on {self.disagreement_id}"


class Arbitration(models.Model):
    """Which consult weighs which disagreement, and on which revisions of the opinions."""

    disagreement = models.ForeignKey(Disagreement, on_delete=models.PROTECT, related_name="arbitrations", help_text="Of what.")
    consult = models.OneToOneField(Consult, on_delete=models.PROTECT, related_name="arbitration", help_text="The job.")
    x = models.ForeignKey(Opinion, on_delete=models.PROTECT, related_name="+", help_text="Plan X.")
    y = models.ForeignKey(Opinion, on_delete=models.PROTECT, related_name="+", help_text="Plan Y.")

    class Meta:
        ordering = ["-consult__requested_at"]

    def __str__(self) -> str:
        return f"arbitration of {self.disagreement_id}"


class Choice(models.TextChoices):
    """What the doctors do."""

    X = "x", "Plan X"
    Y = "y", "Plan Y"
    HYBRID = "hybrid", "A combination of both"
    OTHER = "other", "Something else"
    REFER = "refer", "Refer to a multidisciplinary team"


class Override(models.TextChoices):
    """Why a decision goes against the Advice (CDS Hooks override reasons, in our words)."""

    PATIENT_PREFERENCE = "patient_preference", "The patient prefers otherwise"
    FACT_NOT_RECORDED = "fact_not_recorded", "A fact the consult did not know"
    EVIDENCE_DOES_NOT_FIT = "evidence_does_not_fit", "The evidence does not fit this patient"
    CLINICAL_JUDGEMENT = "clinical_judgement", "Clinical judgement"
    NOT_AVAILABLE = "not_available", "Not available here"
    OTHER = "other", "Other (say what)"


class Decision(models.Model):
    """The doctors' act. One per disagreement; the other doctor acknowledges it."""

    disagreement = models.OneToOneField(Disagreement, on_delete=models.PROTECT, related_name="decision", help_text="On what.")
    choice = models.CharField(max_length=10, choices=Choice, help_text="What is done.")
    text = models.TextField(blank=True, help_text="What exactly, for hybrid, other and refer.")
    override = models.CharField(max_length=30, choices=Override, blank=True, help_text="Required when it goes against the Advice.")
    reason = models.TextField(blank=True, help_text="The override in words.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="Who decided.")
    made_at = models.DateTimeField(auto_now_add=True, help_text="When.")
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="The other doctor."
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True, help_text="When.")

    def __str__(self) -> str:
        return f"{self.choice} on {self.disagreement_id}"
