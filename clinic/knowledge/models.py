"""Sources and what is read out of them. SQL holds the truth; an index generation is rebuilt from these rows alone.

An Upload is a file on its way to becoming a version: nothing of it is in `PassageRow` until a second person approved it.
"""

from __future__ import annotations

import json
import uuid
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import CheckConstraint, Q, UniqueConstraint


class Source(models.Model):
    """A guideline under one slug, through all its versions."""

    slug = models.SlugField(max_length=120, primary_key=True, help_text="Its name in citations.")
    title = models.CharField(max_length=300, help_text="As printed.")
    specialty = models.CharField(max_length=80, blank=True, help_text="For browsing.")

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class VersionState(models.TextChoices):
    """Life of an approved version."""

    APPROVED = "approved", "Approved, not in force yet"
    PUBLISHED = "published", "In force"
    SUPERSEDED = "superseded", "Superseded"
    WITHDRAWN = "withdrawn", "Withdrawn"


STANDING = (VersionState.APPROVED, VersionState.PUBLISHED)
"""What new consults rest on, once its day has come and the index has it."""


class SourceVersion(models.Model):
    """One approved version, with its cleaned text; citations are character offsets into `text`. Never deleted, only withdrawn."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="versions", help_text="Of which source.")
    version = models.CharField(max_length=40, help_text="As the publisher numbers it.")
    organisation = models.CharField(max_length=200, help_text="Who published it.")
    effective = models.DateField(null=True, blank=True, help_text="From when it holds.")
    language = models.CharField(max_length=10, help_text="BCP 47.")
    state = models.CharField(
        max_length=12, choices=VersionState, default=VersionState.APPROVED, db_index=True, help_text="Where it stands."
    )
    text = models.TextField(help_text="The cleaned text that offsets count in.")
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file it was read from.")
    imported_at = models.DateTimeField(auto_now_add=True, help_text="When it was approved or imported.")
    approved_by = models.CharField(max_length=150, blank=True, help_text="Username of the second person, or what imported it.")
    published_at = models.DateTimeField(null=True, blank=True, help_text="When an index generation first held it.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When it was superseded or withdrawn.")
    ended_by = models.CharField(max_length=150, blank=True, help_text="Who withdrew it.")
    reason = models.TextField(blank=True, help_text="Why it was withdrawn.")

    class Meta:
        ordering = ["source", "-effective", "-pk"]
        constraints = [
            UniqueConstraint(fields=["source", "version"], name="knowledge_version_once"),
            UniqueConstraint(fields=["digest"], condition=~Q(state=VersionState.WITHDRAWN), name="knowledge_file_once"),
            CheckConstraint(condition=Q(state__in=VersionState.values), name="knowledge_version_state_known"),
            CheckConstraint(condition=~Q(state=VersionState.WITHDRAWN) | ~Q(reason=""), name="knowledge_withdrawn_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.version}"

    @property
    def in_force(self) -> bool:
        return self.state == VersionState.PUBLISHED

    @property
    def superseded(self) -> bool:
        return self.state == VersionState.SUPERSEDED

    @property
    def withdrawn(self) -> bool:
        return self.state == VersionState.WITHDRAWN


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


class Original(models.Model):
    """A file as it came in, under the hash of its bytes. Kept as long as anything that was read from it."""

    digest = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of the bytes.")
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    data = models.BinaryField(help_text="The bytes.")

    def __str__(self) -> str:
        return self.digest[:12]


class Job(models.Model):
    """What clinic/leasing.py needs of a row that a worker holds."""

    fence = models.PositiveIntegerField(default=0, help_text="Grows with every claim; a late worker's writes carry an old one.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Claims in a row that did not get anywhere.")
    lease_owner = models.CharField(max_length=120, blank=True, help_text="Which worker.")
    lease_until = models.DateTimeField(null=True, blank=True, help_text="After this the job may be claimed again.")
    cancel_asked = models.BooleanField(default=False, help_text="A user asked to stop.")
    sent_at = models.DateTimeField(null=True, blank=True, help_text="When the id was last put on the broker.")
    fault = models.TextField(blank=True, help_text="Why it stopped, in words for a person.")

    class Meta:
        abstract = True


class UploadState(models.TextChoices):
    """Life of a file until it is a version."""

    UPLOADED = "uploaded", "Waiting to be read"
    READING = "reading", "Being read"
    READ = "read", "Read: check and propose"
    PROPOSED = "proposed", "Waiting for approval"
    RETURNED = "returned", "Returned"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Could not be read"
    CANCELLED = "cancelled", "Cancelled"


class Upload(Job):
    """A file on its way into the library; the row is the reading job too."""

    MENDABLE = (UploadState.READ, UploadState.RETURNED)
    LIVE = (UploadState.UPLOADED, UploadState.READING, *MENDABLE, UploadState.PROPOSED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Public id; all that Celery carries.")
    state = models.CharField(max_length=12, choices=UploadState, default=UploadState.UPLOADED, db_index=True, help_text="Where it stands.")
    original = models.ForeignKey(Original, on_delete=models.PROTECT, related_name="uploads", help_text="The bytes.")
    name = models.CharField(
        max_length=200, help_text="The file's name as sent, its folder cut off; shown, and its ending chooses the reader."
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="Who; never the approver."
    )
    uploaded_at = models.DateTimeField(auto_now_add=True, help_text="When.")
    pages_total = models.PositiveIntegerField(default=0, help_text="Pages of the file; 0 while not known.")
    meta = models.JSONField(default=dict, blank=True, help_text="What the source is, as proposed by the reader and mended by people.")
    document = models.JSONField(null=True, blank=True, help_text="A retrieval.document.Document, as assembled from pages and meta.")
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text="Who put it up for approval."
    )
    proposed_at = models.DateTimeField(null=True, blank=True, help_text="When.")
    note = models.TextField(blank=True, help_text="For the approver: what is new, what to look at.")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who approved or returned it.",
    )
    decided_at = models.DateTimeField(null=True, blank=True, help_text="When.")
    comment = models.TextField(blank=True, help_text="The approver's words.")
    version = models.OneToOneField(
        SourceVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="upload", help_text="What it became."
    )

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            CheckConstraint(condition=Q(state__in=UploadState.values), name="knowledge_upload_state_known"),
            CheckConstraint(condition=~Q(state="approved") | Q(version__isnull=False), name="knowledge_approved_has_version"),
            CheckConstraint(
                condition=~Q(state="approved") | (~Q(uploaded_by=models.F("decided_by")) & ~Q(proposed_by=models.F("decided_by"))),
                name="knowledge_second_person",
            ),
            UniqueConstraint(
                fields=["original"],
                condition=Q(state__in=["uploaded", "reading", "read", "returned", "proposed"]),
                name="knowledge_one_live_upload",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> str:
        return str(self.meta.get("title") or self.name)

    @property
    def mendable(self) -> bool:
        return self.state in self.MENDABLE

    @property
    def seen(self) -> str:
        """Names what its page shows: another name once its words were mended, or it was taken back and proposed anew."""
        return sha256(json.dumps([self.meta, str(self.proposed_at)], sort_keys=True).encode()).hexdigest()[:16]

    def written_by(self, user: Any) -> bool:
        """Whether the user had a hand in it, and so may not approve it."""
        return user.pk in (self.uploaded_by_id, self.proposed_by_id)


class UploadPage(models.Model):
    """One page as read: what a reading that was interrupted need not read again."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="pages", help_text="Of which file.")
    number = models.PositiveIntegerField(help_text="From 1.")
    body = models.JSONField(help_text="A retrieval.page.Page.")

    class Meta:
        ordering = ["number"]
        constraints = [UniqueConstraint(fields=["upload", "number"], name="knowledge_page_once")]

    def __str__(self) -> str:
        return f"page {self.number} of {self.upload_id}"


class Mend(models.TextChoices):
    """What a person does to a unit that was read."""

    DEMOTE = "demote", "Not a recommendation"
    DROP = "drop", "Left out"


class UnitMark(models.Model):
    """A person's correction of one unit of an upload, with the reason."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="marks", help_text="Of which file.")
    place = models.PositiveIntegerField(help_text="The unit's place in the document, from 0.")
    act = models.CharField(max_length=8, choices=Mend, help_text="What is done to it.")
    reason = models.CharField(max_length=300, help_text="Why.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", help_text="Who.")

    class Meta:
        ordering = ["place"]
        constraints = [
            UniqueConstraint(fields=["upload", "place"], name="knowledge_mark_once"),
            CheckConstraint(condition=Q(act__in=Mend.values), name="knowledge_mark_known"),
            CheckConstraint(condition=~Q(reason=""), name="knowledge_mark_has_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.place} of {self.upload_id}"


class PublicationState(models.TextChoices):
    """Life of one publishing of the index."""

    QUEUED = "queued", "Waiting"
    RUNNING = "running", "Being built"
    DONE = "done", "Published"
    FAILED = "failed", "Failed"


class Publication(Job):
    """One building of an index generation from all that is in force; the row is the job."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="Public id; all that Celery carries.")
    state = models.CharField(max_length=8, choices=PublicationState, default=PublicationState.QUEUED, help_text="Where it stands.")
    why = models.CharField(max_length=300, help_text="What asked for it.")
    requested_by = models.CharField(max_length=150, help_text="Username, or system:sweeper.")
    requested_at = models.DateTimeField(auto_now_add=True, help_text="When.")
    done = models.PositiveIntegerField(default=0, help_text="Passages prepared.")
    total = models.PositiveIntegerField(default=0, help_text="Passages to prepare.")
    generation = models.CharField(max_length=64, blank=True, help_text="Digest of what was published.")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When.")

    class Meta:
        ordering = ["-requested_at"]
        constraints = [
            CheckConstraint(condition=Q(state__in=PublicationState.values), name="knowledge_publication_state_known"),
            UniqueConstraint(fields=["state"], condition=Q(state="queued"), name="knowledge_one_publication_waits"),
            UniqueConstraint(fields=["state"], condition=Q(state="running"), name="knowledge_one_publication_runs"),
        ]

    def __str__(self) -> str:
        return f"publication {self.id}"
