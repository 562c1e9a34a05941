"""A payee's account is there with its mark or not at all, whoever writes: on PostgreSQL a check, on SQLite triggers, so that its table stays."""

from typing import Any

from django.db import migrations

from claims.append_only import of_whole_accounts, put_in, taken_out

TABLE, CHECK = "claims_claimpayment", "payment_account_is_whole"
# What is there is looked at by the next migration, while everybody works. An erasure empties the digest; the other two stay together.
WHOLE = """
    (account IS NULL AND account_mark IS NULL AND account_digest IS NULL)
    OR (account IS NOT NULL AND account_mark IS NOT NULL AND account_mark <> '')
"""


def hold_together(apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    check = [f"ALTER TABLE {TABLE} ADD CONSTRAINT {CHECK} CHECK ({WHOLE}) NOT VALID"]
    for statement in check if vendor == "postgresql" else put_in(of_whole_accounts(), vendor):
        schema_editor.execute(statement)


def let_go(apps: Any, schema_editor: Any) -> None:
    vendor = schema_editor.connection.vendor
    no_check = [f"ALTER TABLE {TABLE} DROP CONSTRAINT {CHECK}"]
    for statement in no_check if vendor == "postgresql" else taken_out(of_whole_accounts(), vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("claims", "0015_payments_by_account")]

    operations = [migrations.RunPython(hold_together, let_go)]
