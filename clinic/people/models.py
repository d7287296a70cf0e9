"""Users with their one role, and what they are told. Rights follow from role, hospital and assignment: see access.py."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What a user is to the system (promises.md, section 8)."""

    CLINICIAN = "clinician", "Clinician"
    NURSE = "nurse", "Nurse"
    PHARMACIST = "pharmacist", "Pharmacist"
    EDITOR = "editor", "Knowledge editor"
    AUDITOR = "auditor", "Auditor"
    ADMINISTRATOR = "administrator", "Administrator"
    INTEGRATOR = "integrator", "Integrator"


class User(AbstractUser):
    """A person who may log in."""

    role = models.CharField(max_length=20, choices=Role, default=Role.CLINICIAN, help_text="Decides what the user may do.")
    name = models.CharField(max_length=120, blank=True, help_text="Shown on screen; never sent to a model.")
    department = models.CharField(max_length=80, blank=True, help_text="Shown on screen; never sent to a model.")
    grade = models.CharField(max_length=80, blank=True, help_text="Shown on screen; never sent to a model.")
    hospital = models.SlugField(default="demo", help_text="Users see cases of their own hospital only.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(role__in=[r.value for r in Role]), name="people_user_role_known")]

    def __str__(self) -> str:
        return self.name or self.username


class Notification(models.Model):
    """One thing a user is told. It names no patient: who may see more opens the address."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications", help_text="Who is told.")
    subject = models.CharField(max_length=160, help_text="What it is about, so that nobody is told twice.")
    text = models.CharField(max_length=600, help_text="In a sentence or two, without a patient's identity.")
    address = models.CharField(max_length=200, blank=True, help_text="Where to look; the page there asks for its own rights.")
    at = models.DateTimeField(auto_now_add=True, help_text="When.")
    read_at = models.DateTimeField(null=True, blank=True, help_text="When it was opened or put away.")

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "subject"], name="people_told_once")]
        indexes = [models.Index(fields=["user", "read_at"], name="people_unread")]

    def __str__(self) -> str:
        return self.text
