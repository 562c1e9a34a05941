"""Approvals from before are looked at too, in a migration of its own. (vanguard.constraints)"""

from django.db import migrations

from vanguard.constraints import ValidateOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("quotes", "0002_approvals_are_by_a_person")]

    operations = [ValidateOnline(model_name="quotetransition", name="quote_approved_by_a_person")]
