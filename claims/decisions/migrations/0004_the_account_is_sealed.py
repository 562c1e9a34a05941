"""What a payment was approved with includes the payee's account: PostgreSQL works the seal out with it."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from claims.append_only import put_in, taken_out
from claims.decisions.append_only import of_seals


def _change(schema_editor: BaseDatabaseSchemaEditor, *, with_account: bool) -> None:
    vendor = schema_editor.connection.vendor
    rules = of_seals(vendor == "postgresql", with_account)
    for statement in (*taken_out(rules, vendor), *put_in(rules, vendor)):
        schema_editor.execute(statement, params=None)


def seal_accounts_too(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _change(schema_editor, with_account=True)


def seal_no_accounts(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _change(schema_editor, with_account=False)


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0014_payees_accounts'),
        ('decisions', '0003_four_eyes'),
    ]

    operations = [
        migrations.RunPython(seal_accounts_too, seal_no_accounts),
    ]
