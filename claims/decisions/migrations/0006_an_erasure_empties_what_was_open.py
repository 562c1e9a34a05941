"""A coverage check stays as it was, but for the words that it left open: an erasure of the insured's data may put its own in their place."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from claims.append_only import put_in, taken_out
from claims.decisions.append_only import of_checks


def _change(schema_editor: BaseDatabaseSchemaEditor, *, with_erasure: bool) -> None:
    vendor = schema_editor.connection.vendor
    rules = of_checks(vendor == "postgresql", with_erasure)
    for statement in (*taken_out(rules, vendor), *put_in(rules, vendor)):
        schema_editor.execute(statement, params=None)


def let_erasures_in(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _change(schema_editor, with_erasure=True)


def let_nobody_in(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _change(schema_editor, with_erasure=False)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0005_what_a_check_left_open")]

    operations = [
        migrations.RunPython(let_erasures_in, let_nobody_in),
    ]
