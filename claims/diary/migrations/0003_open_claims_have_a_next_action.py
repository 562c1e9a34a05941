import datetime
from itertools import batched

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

BATCH = 2000
WHAT, DAYS = 'Look at the claim, and say what comes next', 7


def fill(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Claims that were open before there was a diary get their first entry."""
    entry = apps.get_model('diary', 'DiaryEntry')
    day = timezone.now().date() + datetime.timedelta(days=DAYS)
    rows = apps.get_model('claims', 'Claim').objects.filter(closed_at=None).values_list('pk', 'assignee_id').order_by()
    for batch in batched(rows.iterator(BATCH), BATCH):
        entry.objects.bulk_create(entry(claim_id=claim, owner_id=owner, due_on=day, what=WHAT) for claim, owner in batch)


class Migration(migrations.Migration):

    dependencies = [
        ('diary', '0002_diary_is_kept'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
