from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from vanguard.accounts import telling


def forwards(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in telling.created():
            schema_editor.execute(statement)


def backwards(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in telling.dropped():
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ("accounts", "0003_time_zone_is_known"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
