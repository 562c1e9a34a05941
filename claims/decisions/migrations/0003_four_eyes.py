from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from claims.append_only import put_in, taken_out
from claims.decisions.append_only import of_approvals


def put_rules_in(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    for statement in put_in(of_approvals(vendor == "postgresql"), vendor):
        schema_editor.execute(statement, params=None)


def take_rules_out(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    for statement in taken_out(of_approvals(vendor == "postgresql"), vendor):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0008_appeals_and_documents'),
        ('decisions', '0002_reasons'),
    ]

    operations = [
        migrations.RunPython(put_rules_in, take_rules_out),
    ]
