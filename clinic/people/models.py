"""Users with their one role. Rights follow from role, hospital and assignment: see access.py."""

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
