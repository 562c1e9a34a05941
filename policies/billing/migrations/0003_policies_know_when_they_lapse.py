"""Notices that stand when this comes: each policy is told when its cover ends, as those of later are when notice is given."""

from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def tell(apps: Any, schema_editor: Any) -> None:
    Policy, Notice = apps.get_model("policies", "Policy"), apps.get_model("billing", "Notice")
    standing = Notice.objects.filter(paid_at=None, lapsed_at=None)
    own = standing.filter(account__policy=OuterRef("pk")).values("lapses_at")[:1]
    Policy.objects.filter(pk__in=standing.values("account__policy")).update(lapses_at=Subquery(own))


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_the_ledger_is_append_only"), ("policies", "0012_when_cover_lapses")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
