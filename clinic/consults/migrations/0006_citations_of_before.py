import json
import re
from typing import Any

from django.db import migrations

PASSAGE = re.compile(r'"passage_id":\s*"([0-9a-f]{16})"')
AT_ONCE = 1000


def note(apps: Any, schema_editor: Any) -> None:
    """What the outcomes written before the table cite."""
    outcomes, citations = apps.get_model("consults", "ConsultOutcome").objects, apps.get_model("consults", "Citation")
    waiting: list[Any] = []
    for pk, conclusion in outcomes.values_list("pk", "conclusion").iterator(AT_ONCE):
        waiting += [citations(outcome_id=pk, passage=one) for one in sorted(set(PASSAGE.findall(json.dumps(conclusion))))]
        if len(waiting) >= AT_ONCE:
            citations.objects.bulk_create(waiting, ignore_conflicts=True)
            waiting = []
    citations.objects.bulk_create(waiting, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("consults", "0005_citations")]

    operations = [migrations.RunPython(note, migrations.RunPython.noop)]
