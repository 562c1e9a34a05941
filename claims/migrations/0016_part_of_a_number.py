from django.db import migrations

from vanguard.indexes import PartIndex


class Migration(migrations.Migration):
    """Claims are found by any part of their number, also among a million."""

    atomic = False

    dependencies = [("claims", "0015_payments_by_account")]

    operations = [PartIndex("claim_number_part", "claim", "upper(claim_number)")]
