"""Payments to one account are found by its digest."""

from django.db import migrations, models
from django.db.models import Q

from vanguard.indexes import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("claims", "0014_payees_accounts")]

    operations = [
        AddIndexOnline(
            model_name="claimpayment",
            index=models.Index(fields=["account_digest"], condition=Q(account_digest__isnull=False), name="payment_by_account"),
        ),
    ]
