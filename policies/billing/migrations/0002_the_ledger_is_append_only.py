from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from policies.billing.append_only import created, dropped


def put_in(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in created(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def take_out(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in dropped(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    """A later migration that makes one of the two tables anew on SQLite (any change of a column does) must put them in again."""

    dependencies = [
        ("billing", "0001_billing_account"),
    ]

    operations = [
        migrations.RunPython(put_in, take_out),
    ]
