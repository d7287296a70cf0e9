"""Sources and what is read out of them. SQL holds the truth; an index generation is rebuilt from these rows alone."""

from __future__ import annotations

from django.db import models


class Source(models.Model):
    """A guideline under one slug, through all its versions."""

    slug = models.SlugField(max_length=120, primary_key=True, help_text="Its name in citations.")
    title = models.CharField(max_length=300, help_text="As printed.")
    specialty = models.CharField(max_length=80, blank=True, help_text="For browsing.")

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class SourceVersion(models.Model):
    """One version, with its cleaned text; citations are character offsets into `text`."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="versions", help_text="Of which source.")
    version = models.CharField(max_length=40, help_text="As the publisher numbers it.")
    organisation = models.CharField(max_length=200, help_text="Who published it.")
    effective = models.DateField(null=True, blank=True, help_text="From when it holds.")
    language = models.CharField(max_length=10, help_text="BCP 47.")
    superseded = models.BooleanField(default=False, help_text="Not retrieved for new consults.")
    text = models.TextField(help_text="The cleaned text that offsets count in.")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the file it was read from.")
    imported_at = models.DateTimeField(auto_now_add=True, help_text="When.")

    class Meta:
        ordering = ["source", "-effective"]
        constraints = [models.UniqueConstraint(fields=["source", "version"], name="knowledge_version_once")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.version}"


class PassageRow(models.Model):
    """One citable unit, with its vector so that a rebuild needs no embedder."""

    id = models.CharField(max_length=16, primary_key=True, help_text="Content hash.")
    version = models.ForeignKey(SourceVersion, on_delete=models.CASCADE, related_name="passages", help_text="Of which version.")
    place = models.PositiveIntegerField(help_text="Order within its source.")
    body = models.JSONField(help_text="A retrieval.types.Passage.")
    vector = models.BinaryField(null=True, help_text="float32, little endian.")
    embedder = models.CharField(max_length=64, blank=True, help_text="Digest of the embedder that made the vector.")

    class Meta:
        ordering = ["version", "place"]

    def __str__(self) -> str:
        return self.id
