"""The second fence: triggers that refuse to change or remove an entry."""

from typing import Any

from django.db import migrations

from clinic.audit import fence


def up(apps: Any, schema_editor: Any) -> None:
    fence.raise_fence(schema_editor.connection)


def down(apps: Any, schema_editor: Any) -> None:
    fence.lower_fence(schema_editor.connection)


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunPython(up, down)]
