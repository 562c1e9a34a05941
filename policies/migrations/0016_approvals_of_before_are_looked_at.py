"""Approvals from before are looked at too, in a migration of its own. (vanguard.constraints)"""

from django.db import migrations

from vanguard.constraints import ValidateOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("policies", "0015_policies_have_a_time_zone")]

    operations = [ValidateOnline(model_name="endorsementrequest", name="policy_request_approved_by_a_person")]
