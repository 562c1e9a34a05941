from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from claims.fraud.append_only import created, dropped


def put_in(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in created(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def take_out(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in dropped(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('fraud', '0001_fraud'),
    ]

    operations = [
        migrations.RunPython(put_in, take_out),
    ]
