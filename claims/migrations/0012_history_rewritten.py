"""Reports of the past ask which claims were reopened, appealed or corrected: they are few, and an index of their own finds them."""

from django.db import migrations, models
from django.db.models import Q

from vanguard.indexes import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("claims", "0011_covered_indexes")]

    operations = [
        AddIndexOnline(
            model_name="claimtransition",
            index=models.Index(
                fields=["claim", "at"], condition=Q(command__in=["reopen", "appeal", "edit"]), name="claim_history_rewritten"
            ),
        ),
    ]
