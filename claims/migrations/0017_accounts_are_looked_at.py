"""PostgreSQL is told that the accounts of before are whole, too, while everybody works."""

from django.db import migrations

from vanguard.constraints import ValidateOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("claims", "0016_an_account_is_whole")]

    operations = [ValidateOnline(model_name="claimpayment", name="payment_account_is_whole")]
