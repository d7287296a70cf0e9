import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consults", "0004_samples"),
    ]

    operations = [
        migrations.CreateModel(
            name="Citation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "passage",
                    models.CharField(
                        help_text="The passage's id, which is the hash of its content; kept whatever becomes of the row.", max_length=16
                    ),
                ),
                (
                    "outcome",
                    models.ForeignKey(
                        help_text="Of which consult.",
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="citations",
                        to="consults.consultoutcome",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("passage", "outcome"), name="consults_citation_once")],
            },
        ),
    ]
