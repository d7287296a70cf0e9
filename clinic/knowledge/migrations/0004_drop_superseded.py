from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("knowledge", "0003_states_from_superseded")]

    operations = [migrations.RemoveField(model_name="sourceversion", name="superseded")]
