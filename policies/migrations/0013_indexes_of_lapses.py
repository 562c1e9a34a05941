"""In force is told by one more column, so the index that tells it alone holds that one too."""

from django.db import migrations, models
from django.db.models import Q

from vanguard.indexes import AddIndexOnline, RemoveIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("policies", "0012_when_cover_lapses")]

    operations = [
        AddIndexOnline(
            model_name="policy",
            index=models.Index(
                fields=["end_date", "id", "start_date", "cancelled_at", "lapses_at", "status"], name="policy_by_end_and_lapse"
            ),
        ),
        AddIndexOnline(
            model_name="policy",
            index=models.Index(fields=["lapses_at"], condition=Q(lapses_at__isnull=False), name="policy_by_lapse"),
        ),
        RemoveIndexOnline(model_name="policy", name="policy_by_end_in_force"),
    ]
