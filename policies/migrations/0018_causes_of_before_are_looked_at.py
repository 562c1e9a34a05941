"""Causes from before are looked at too, in a migration of its own. (vanguard.constraints)"""

from django.db import migrations

from vanguard.constraints import ValidateOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("policies", "0017_a_booking_has_its_cause")]

    operations = [ValidateOnline(model_name="policyversion", name="policy_version_cause_fits")]
