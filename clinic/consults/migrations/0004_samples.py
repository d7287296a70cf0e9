from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consults", "0003_hosts"),
    ]

    operations = [
        migrations.CreateModel(
            name="Sample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_index=True, help_text="When; rows of one look share it.")),
                ("host", models.CharField(blank=True, help_text="A card's name; empty for the house.", max_length=200)),
                ("figures", models.JSONField(help_text="Name -> number: those of gauges.house, or of the host's metrics verb.")),
            ],
            options={
                "ordering": ["at"],
            },
        ),
    ]
