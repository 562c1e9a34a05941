"""Reports of the past ask which clocks a correction of the jurisdiction ended: they are few, and an index of their own finds them."""

from django.db import migrations, models
from django.db.models import Q

from vanguard.indexes import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("clocks", "0006_covered_indexes")]

    operations = [
        AddIndexOnline(
            model_name="clock",
            index=models.Index(fields=["claim", "ended_at"], condition=Q(ended_by="correction"), name="clock_counted_anew"),
        ),
    ]
