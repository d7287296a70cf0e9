"""A patient's relevant facts. Identity stays here; snapshot.py gives the facts without it."""

from __future__ import annotations

import uuid

from django.db import models


class Case(models.Model):
    """One patient under care."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Public id.")
    hospital = models.SlugField(default="demo", help_text="Whose patient this is.")
    number = models.CharField(max_length=40, help_text="Hospital number.")
    name = models.CharField(max_length=120, help_text="Never leaves this table.")
    born = models.DateField(null=True, blank=True, help_text="Date of birth.")
    sex = models.CharField(max_length=10, blank=True, help_text="female, male, other, or empty if not recorded.")
    pregnant = models.BooleanField(null=True, blank=True, help_text="Empty if not recorded.")
    lactating = models.BooleanField(null=True, blank=True, help_text="Empty if not recorded.")
    ward = models.CharField(max_length=60, blank=True, help_text="Where the patient is.")
    text = models.TextField(blank=True, help_text="Short history.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hospital", "number"], name="cases_case_number_once")]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class Problem(models.Model):
    """FHIR Condition."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="problems", help_text="Whose.")
    name = models.CharField(max_length=200, help_text="In words.")
    code = models.CharField(max_length=20, blank=True, help_text="ICD-10.")

    def __str__(self) -> str:
        return self.name


class Medication(models.Model):
    """FHIR MedicationStatement."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="medications", help_text="Whose.")
    drug = models.CharField(max_length=200, help_text="INN where known.")
    dose = models.CharField(max_length=200, blank=True, help_text="As written.")

    def __str__(self) -> str:
        return f"{self.drug} {self.dose}".strip()


class Allergy(models.Model):
    """FHIR AllergyIntolerance."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="allergies", help_text="Whose.")
    substance = models.CharField(max_length=200, help_text="Drug or group.")
    reaction = models.CharField(max_length=400, blank=True, help_text="What happened.")
    tolerated = models.JSONField(default=list, blank=True, help_text="Related substances taken since without harm.")

    def __str__(self) -> str:
        return self.substance


class Observation(models.Model):
    """FHIR Observation."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="observations", help_text="Whose.")
    name = models.CharField(max_length=200, help_text="For example eGFR.")
    value = models.JSONField(help_text="Number or text.")
    unit = models.CharField(max_length=60, blank=True, help_text="For example mL/min/1.73m2.")
    taken = models.CharField(max_length=30, blank=True, help_text="ISO date.")

    def __str__(self) -> str:
        return f"{self.name} {self.value} {self.unit}".strip()
