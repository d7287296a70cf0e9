"""Entries are filtered and counted by time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_refuse_changes")]
    operations = [migrations.AddIndex(model_name="entry", index=models.Index(fields=["at"], name="audit_entry_by_time"))]
