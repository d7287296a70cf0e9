import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("knowledge", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Original",
            fields=[
                ("digest", models.CharField(help_text="SHA-256 of the bytes.", max_length=64, primary_key=True, serialize=False)),
                ("size", models.PositiveBigIntegerField(help_text="Bytes.")),
                ("data", models.BinaryField(help_text="The bytes.")),
            ],
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                (
                    "fence",
                    models.PositiveIntegerField(default=0, help_text="Grows with every claim; a late worker's writes carry an old one."),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Claims in a row that did not get anywhere.")),
                ("lease_owner", models.CharField(blank=True, help_text="Which worker.", max_length=120)),
                ("lease_until", models.DateTimeField(blank=True, help_text="After this the job may be claimed again.", null=True)),
                ("cancel_asked", models.BooleanField(default=False, help_text="A user asked to stop.")),
                ("sent_at", models.DateTimeField(blank=True, help_text="When the id was last put on the broker.", null=True)),
                ("fault", models.TextField(blank=True, help_text="Why it stopped, in words for a person.")),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        help_text="Public id; all that Celery carries.",
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "Waiting"), ("running", "Being built"), ("done", "Published"), ("failed", "Failed")],
                        default="queued",
                        help_text="Where it stands.",
                        max_length=8,
                    ),
                ),
                ("why", models.CharField(help_text="What asked for it.", max_length=300)),
                ("requested_by", models.CharField(help_text="Username, or system:sweeper.", max_length=150)),
                ("requested_at", models.DateTimeField(auto_now_add=True, help_text="When.")),
                ("done", models.PositiveIntegerField(default=0, help_text="Passages prepared.")),
                ("total", models.PositiveIntegerField(default=0, help_text="Passages to prepare.")),
                ("generation", models.CharField(blank=True, help_text="Digest of what was published.", max_length=64)),
                ("ended_at", models.DateTimeField(blank=True, help_text="When.", null=True)),
            ],
            options={
                "ordering": ["-requested_at"],
            },
        ),
        migrations.CreateModel(
            name="UnitMark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField(help_text="The unit's place in the document, from 0.")),
                (
                    "act",
                    models.CharField(
                        choices=[("demote", "Not a recommendation"), ("drop", "Left out")], help_text="What is done to it.", max_length=8
                    ),
                ),
                ("reason", models.CharField(help_text="Why.", max_length=300)),
            ],
            options={
                "ordering": ["place"],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                (
                    "fence",
                    models.PositiveIntegerField(default=0, help_text="Grows with every claim; a late worker's writes carry an old one."),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, help_text="Claims in a row that did not get anywhere.")),
                ("lease_owner", models.CharField(blank=True, help_text="Which worker.", max_length=120)),
                ("lease_until", models.DateTimeField(blank=True, help_text="After this the job may be claimed again.", null=True)),
                ("cancel_asked", models.BooleanField(default=False, help_text="A user asked to stop.")),
                ("sent_at", models.DateTimeField(blank=True, help_text="When the id was last put on the broker.", null=True)),
                ("fault", models.TextField(blank=True, help_text="Why it stopped, in words for a person.")),
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4,
                        editable=False,
                        help_text="Public id; all that Celery carries.",
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "Waiting to be read"),
                            ("reading", "Being read"),
                            ("read", "Read: check and propose"),
                            ("proposed", "Waiting for approval"),
                            ("returned", "Returned"),
                            ("approved", "Approved"),
                            ("refused", "Could not be read"),
                            ("cancelled", "Cancelled"),
                        ],
                        db_index=True,
                        default="uploaded",
                        help_text="Where it stands.",
                        max_length=12,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="The file's name as sent, its folder cut off; shown, and its ending chooses the reader.", max_length=200
                    ),
                ),
                ("uploaded_at", models.DateTimeField(auto_now_add=True, help_text="When.")),
                ("pages_total", models.PositiveIntegerField(default=0, help_text="Pages of the file; 0 while not known.")),
                (
                    "meta",
                    models.JSONField(
                        blank=True, default=dict, help_text="What the source is, as proposed by the reader and mended by people."
                    ),
                ),
                (
                    "document",
                    models.JSONField(blank=True, help_text="A retrieval.document.Document, as assembled from pages and meta.", null=True),
                ),
                ("proposed_at", models.DateTimeField(blank=True, help_text="When.", null=True)),
                ("note", models.TextField(blank=True, help_text="For the approver: what is new, what to look at.")),
                ("decided_at", models.DateTimeField(blank=True, help_text="When.", null=True)),
                ("comment", models.TextField(blank=True, help_text="The approver's words.")),
            ],
            options={
                "ordering": ["-uploaded_at"],
            },
        ),
        migrations.CreateModel(
            name="UploadPage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(help_text="From 1.")),
                ("body", models.JSONField(help_text="A retrieval.page.Page.")),
            ],
            options={
                "ordering": ["number"],
            },
        ),
        migrations.AlterModelOptions(
            name="sourceversion",
            options={"ordering": ["source", "-effective", "-pk"]},
        ),
        migrations.AddField(
            model_name="sourceversion",
            name="approved_by",
            field=models.CharField(blank=True, help_text="Username of the second person, or what imported it.", max_length=150),
        ),
        migrations.AddField(
            model_name="sourceversion",
            name="ended_at",
            field=models.DateTimeField(blank=True, help_text="When it was superseded or withdrawn.", null=True),
        ),
        migrations.AddField(
            model_name="sourceversion",
            name="ended_by",
            field=models.CharField(blank=True, help_text="Who withdrew it.", max_length=150),
        ),
        migrations.AddField(
            model_name="sourceversion",
            name="published_at",
            field=models.DateTimeField(blank=True, help_text="When an index generation first held it.", null=True),
        ),
        migrations.AddField(
            model_name="sourceversion",
            name="reason",
            field=models.TextField(blank=True, help_text="Why it was withdrawn."),
        ),
        migrations.AddField(
            model_name="sourceversion",
            name="state",
            field=models.CharField(
                choices=[
                    ("approved", "Approved, not in force yet"),
                    ("published", "In force"),
                    ("superseded", "Superseded"),
                    ("withdrawn", "Withdrawn"),
                ],
                db_index=True,
                default="approved",
                help_text="Where it stands.",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="sourceversion",
            name="digest",
            field=models.CharField(help_text="SHA-256 of the file it was read from.", max_length=64),
        ),
        migrations.AlterField(
            model_name="sourceversion",
            name="imported_at",
            field=models.DateTimeField(auto_now_add=True, help_text="When it was approved or imported."),
        ),
        migrations.AddConstraint(
            model_name="sourceversion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "withdrawn"), _negated=True), fields=("digest",), name="knowledge_file_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="sourceversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["approved", "published", "superseded", "withdrawn"])),
                name="knowledge_version_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="sourceversion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "withdrawn"), _negated=True), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="knowledge_withdrawn_with_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["queued", "running", "done", "failed"])), name="knowledge_publication_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "queued")), fields=("state",), name="knowledge_one_publication_waits"
            ),
        ),
        migrations.AddConstraint(
            model_name="publication",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "running")), fields=("state",), name="knowledge_one_publication_runs"
            ),
        ),
        migrations.AddField(
            model_name="unitmark",
            name="by",
            field=models.ForeignKey(
                help_text="Who.", on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who approved or returned it.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="original",
            field=models.ForeignKey(
                help_text="The bytes.", on_delete=django.db.models.deletion.PROTECT, related_name="uploads", to="knowledge.original"
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="proposed_by",
            field=models.ForeignKey(
                blank=True,
                help_text="Who put it up for approval.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="uploaded_by",
            field=models.ForeignKey(
                help_text="Who; never the approver.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="upload",
            name="version",
            field=models.OneToOneField(
                blank=True,
                help_text="What it became.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="upload",
                to="knowledge.sourceversion",
            ),
        ),
        migrations.AddField(
            model_name="unitmark",
            name="upload",
            field=models.ForeignKey(
                help_text="Of which file.", on_delete=django.db.models.deletion.CASCADE, related_name="marks", to="knowledge.upload"
            ),
        ),
        migrations.AddField(
            model_name="uploadpage",
            name="upload",
            field=models.ForeignKey(
                help_text="Of which file.", on_delete=django.db.models.deletion.CASCADE, related_name="pages", to="knowledge.upload"
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["uploaded", "reading", "read", "proposed", "returned", "approved", "refused", "cancelled"])
                ),
                name="knowledge_upload_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(models.Q(("state", "approved"), _negated=True), ("version__isnull", False), _connector="OR"),
                name="knowledge_approved_has_version",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "approved"), _negated=True),
                    models.Q(
                        models.Q(("uploaded_by", models.F("decided_by")), _negated=True),
                        models.Q(("proposed_by", models.F("decided_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="knowledge_second_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="upload",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["uploaded", "reading", "read", "returned", "proposed"])),
                fields=("original",),
                name="knowledge_one_live_upload",
            ),
        ),
        migrations.AddConstraint(
            model_name="unitmark",
            constraint=models.UniqueConstraint(fields=("upload", "place"), name="knowledge_mark_once"),
        ),
        migrations.AddConstraint(
            model_name="unitmark",
            constraint=models.CheckConstraint(condition=models.Q(("act__in", ["demote", "drop"])), name="knowledge_mark_known"),
        ),
        migrations.AddConstraint(
            model_name="unitmark",
            constraint=models.CheckConstraint(condition=models.Q(("reason", ""), _negated=True), name="knowledge_mark_has_reason"),
        ),
        migrations.AddConstraint(
            model_name="uploadpage",
            constraint=models.UniqueConstraint(fields=("upload", "number"), name="knowledge_page_once"),
        ),
    ]
