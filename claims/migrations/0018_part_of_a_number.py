from django.db import migrations

from vanguard.indexes import PartIndex


class Migration(migrations.Migration):
    """Claims are found by any part of their number, also among a million."""

    atomic = False

    dependencies = [("claims", "0017_accounts_are_looked_at")]

    operations = [PartIndex("claim_number_part", "claim", "upper(claim_number)")]
