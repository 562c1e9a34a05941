from django.db import migrations

from vanguard.indexes import PartIndex


class Migration(migrations.Migration):
    """Quotes are found by any part of their number, also among a million."""

    atomic = False

    dependencies = [("quotes", "0003_approvals_of_before_are_looked_at")]

    operations = [PartIndex("quote_number_part", "quote", "upper(quote_number)")]
