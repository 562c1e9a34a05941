from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from claims.append_only import put_in, taken_out
from claims.parties.append_only import rules


def create(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    for statement in put_in(rules(vendor), vendor):
        schema_editor.execute(statement)
    if vendor == "postgresql":
        # A trigger asks our tables, and none of the session's own under their names.
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT quote_ident(current_schema())")
            [schema] = cursor.fetchone()
        for name, *_ in rules(vendor):
            schema_editor.execute(f"ALTER FUNCTION {name}() SET search_path = {schema}, pg_temp")


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    vendor = schema_editor.connection.vendor
    for statement in taken_out(rules(vendor), vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('parties', '0001_claimants'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
