"""Renewals of terms that lapse, or have lapsed, before their end: each is told of it, as those of later are when notice is given."""

from typing import Any

from django.db import migrations
from django.db.models import F


def tell(apps: Any, schema_editor: Any) -> None:
    Policy = apps.get_model("policies", "Policy")
    terms = list(Policy.objects.filter(lapses_at__lt=F("end_date")).values_list("pk", "lapses_at"))
    while terms:
        for pk, lapses_at in terms:
            Policy.objects.filter(renews=pk).update(lapses_at=lapses_at)
        renewals = Policy.objects.filter(renews__in=[pk for pk, _ in terms])
        terms = list(renewals.values_list("pk", "lapses_at"))


def take_back(apps: Any, schema_editor: Any) -> None:
    Policy, Notice = apps.get_model("policies", "Policy"), apps.get_model("billing", "Notice")
    standing = dict(Notice.objects.filter(paid_at=None, lapsed_at=None).values_list("account__policy", "lapses_at"))
    along = Policy.objects.filter(renews__isnull=False, lapses_at__isnull=False)
    for pk in list(along.values_list("pk", flat=True)):
        Policy.objects.filter(pk=pk).update(lapses_at=standing.get(pk))


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_policies_know_when_they_lapse"), ("policies", "0016_approvals_of_before_are_looked_at")]

    operations = [migrations.RunPython(tell, take_back)]
