from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone

from vanguard import recording
from vanguard.recording import postgresql, sqlite


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "sqlite":
        statements = sqlite.make("")
    else:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT quote_ident(current_schema())")
            statements = postgresql.make(cursor.fetchone()[0])
    for statement in statements:
        schema_editor.execute(statement, params=None)


def unmake(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The trail goes, and with it what writes to it."""
    recording.stop(schema_editor.connection)
    for statement in (sqlite if schema_editor.connection.vendor == "sqlite" else postgresql).unmake():
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name='AuditRecord',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField()),
                ('table_name', models.TextField()),
                ('row_id', models.TextField()),
                ('operation', models.TextField()),
                ('old', models.JSONField(null=True)),
                ('new', models.JSONField(null=True)),
                ('transaction', models.BigIntegerField()),
                ('actor', models.TextField()),
                ('correlation_id', models.TextField()),
                ('address', models.TextField()),
            ],
            options={
                'verbose_name': 'recorded change',
                'db_table': 'audit_record',
                'managed': False,
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='AuditLink',
            fields=[
                ('sequence', models.BigIntegerField(primary_key=True, serialize=False)),
                ('record_id', models.BigIntegerField(unique=True)),
                ('digest', models.BinaryField()),
            ],
            options={
                'db_table': 'audit_link',
                'managed': False,
                'ordering': ('sequence',),
            },
        ),
        migrations.CreateModel(
            name='AuditHead',
            fields=[
                ('sequence', models.BigIntegerField(primary_key=True, serialize=False)),
                ('digest', models.BinaryField()),
                ('at', models.DateTimeField()),
                ('sealed_before', models.BigIntegerField()),
                ('signature', models.BinaryField()),
            ],
            options={
                'db_table': 'audit_head',
                'managed': False,
                'ordering': ('sequence',),
            },
        ),
        migrations.CreateModel(
            name='AuditKey',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('made_at', models.DateTimeField()),
                ('wrapped', models.BinaryField()),
            ],
            options={
                'db_table': 'audit_key',
                'managed': False,
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Verification',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('at', models.DateTimeField(default=timezone.now)),
                ('from_sequence', models.BigIntegerField()),
                ('to_sequence', models.BigIntegerField()),
                ('seconds', models.FloatField()),
                ('faults', models.PositiveIntegerField()),
                ('first_fault', models.CharField(blank=True, max_length=300)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.RunPython(make, unmake),
    ]
