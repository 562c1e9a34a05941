from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from claims.append_only import put_in, taken_out
from claims.diary.append_only import rules


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    for statement in put_in(rules(vendor), vendor):
        schema_editor.execute(statement)


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    for statement in taken_out(rules(vendor), vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('diary', '0001_diary'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
