"""The decision log: one append-only row per act, chained by hash. Rows carry ids and commitments, no clinical text."""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One act. `leaf` is the RFC 6962 leaf hash of `body`; `chain` binds it to all entries before it."""

    index = models.PositiveBigIntegerField(unique=True, help_text="Place in the log, from 0, without gaps.")
    at = models.DateTimeField(help_text="Time of the act (UTC).")
    act = models.CharField(max_length=60, db_index=True, help_text="For example opinion.sealed; see acts.py.")
    actor = models.CharField(max_length=150, db_index=True, help_text="Username, or system:worker and the like.")
    role = models.CharField(max_length=20, blank=True, help_text="The actor's role at the time.")
    subject = models.CharField(max_length=120, db_index=True, help_text="What it was done to, e.g. disagreement:3f2a.")
    body = models.TextField(help_text="The canonical JSON that is hashed.")
    leaf = models.CharField(max_length=64, help_text="SHA-256(0x00 || body), hex.")
    chain = models.CharField(max_length=64, help_text="SHA-256(previous chain || leaf), hex.")

    class Meta:
        ordering = ["index"]
        indexes = [models.Index(fields=["at"], name="audit_entry_by_time")]

    def __str__(self) -> str:
        return f"{self.index} {self.act} {self.subject}"
