from typing import Any

from django.db import migrations


def to_states(apps: Any, schema_editor: Any) -> None:
    """What was not superseded was in force."""
    versions = apps.get_model("knowledge", "SourceVersion").objects
    versions.filter(superseded=True).update(state="superseded")
    versions.filter(superseded=False).update(state="published")


def to_flag(apps: Any, schema_editor: Any) -> None:
    """What is withdrawn is not retrieved either."""
    versions = apps.get_model("knowledge", "SourceVersion").objects
    versions.filter(state__in=["superseded", "withdrawn"]).update(superseded=True)


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0002_life")]

    operations = [migrations.RunPython(to_states, to_flag)]
