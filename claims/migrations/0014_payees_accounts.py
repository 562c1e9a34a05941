"""A payment may carry the payee's bank account. The columns are empty in what is there, so no table is made anew on the way in."""

from typing import Any

from django.db import migrations, models
from django.db.migrations.exceptions import IrreversibleError

import vanguard.encryption.fields
from claims.append_only import of_payments_accounts, put_in, taken_out


def put_rule_in(apps: Any, schema_editor: Any) -> None:
    for statement in put_in(of_payments_accounts(), schema_editor.connection.vendor):
        schema_editor.execute(statement)


def take_rule_out(apps: Any, schema_editor: Any) -> None:
    """Raises IrreversibleError once an account was given: without it the payment's seal would not fit any more."""
    if apps.get_model("claims", "ClaimPayment").objects.using(schema_editor.connection.alias).exclude(account_mark=None).exists():
        raise IrreversibleError("Payments to accounts have been asked for that the schema before cannot hold.")
    for statement in taken_out(of_payments_accounts(), schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("claims", "0013_payments_lead_to_their_proof")]

    operations = [
        migrations.AddField(
            model_name="claimpayment",
            name="account",
            field=vanguard.encryption.fields.OwnedTextField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="claimpayment",
            name="account_digest",
            field=models.CharField(blank=True, editable=False, max_length=64, null=True),
        ),
        migrations.AddField(
            model_name="claimpayment",
            name="account_mark",
            field=models.CharField(blank=True, editable=False, max_length=64, null=True),
        ),
        migrations.RunPython(put_rule_in, take_rule_out),
    ]
