from django.db import migrations

from vanguard.indexes import PartIndex


class Migration(migrations.Migration):
    """Policies are found by any part of their number, also among a million."""

    atomic = False

    dependencies = [("policies", "0019_corrections_wait_too")]

    operations = [PartIndex("policy_number_part", "policy", "upper(policy_number)")]
