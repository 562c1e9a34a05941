import uuid
from collections.abc import Iterator
from typing import Any

import django.db.models.deletion
import django.utils.timezone
from cryptography.fernet import Fernet
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

import vanguard.encryption.fields
from vanguard.encryption import keys

ROWS = 500
# Table, the column that says whose a row is, and what in it is personal.
OWNED = (
    ("customers_customer", "id", ("phone", "date_of_birth", "ssn", "address")),
    ("customers_contactentry", "customer_id", ("text",)),
    ("customers_customermerge", "kept_id", ("reason", "replaced")),
)


def give_keys(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Each customer gets a key, and what is personal is put under it."""
    DataKey = apps.get_model("customers", "DataKey")
    customers = apps.get_model("customers", "Customer").objects.using(schema_editor.connection.alias)
    boxes: dict[uuid.UUID, Fernet] = {}
    some = []
    for pk in customers.order_by("pk").values_list("pk", flat=True):
        secret = Fernet.generate_key().decode()
        boxes[pk] = Fernet(secret)
        some.append(DataKey(customer_id=pk, secret=secret))
        if len(some) == ROWS:
            DataKey.objects.using(schema_editor.connection.alias).bulk_create(some)
            some.clear()
    DataKey.objects.using(schema_editor.connection.alias).bulk_create(some)
    _rewrite(schema_editor, lambda owner, token: b"d1:" + owner.hex.encode() + b":" + boxes[owner].encrypt(keys.decrypt(token)))


def take_keys(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What is personal is put under the platform's key again."""
    rows = apps.get_model("customers", "DataKey").objects.using(schema_editor.connection.alias)
    boxes = {row.pk: Fernet(row.secret) for row in rows.iterator(ROWS)}

    def opened(_owner: uuid.UUID, token: bytes) -> bytes:
        # Not the row's owner of now: a merge hands records over, and they stay under the key that they were written with.
        if not token.startswith(b"d1:"):
            return token
        return keys.encrypt(boxes[uuid.UUID(token[3:35].decode())].decrypt(token[36:]))

    _rewrite(schema_editor, opened)


def _rewrite(schema_editor: BaseDatabaseSchemaEditor, under: Any) -> None:
    for table, whose, columns in OWNED:
        write = f"UPDATE {table} SET {', '.join(f'{column} = %s' for column in columns)} WHERE id = %s"  # noqa: S608  # names from above
        for rows in _batches(schema_editor, table, whose, columns):
            changed = []
            for pk, owner, *values in rows:
                owner = uuid.UUID(str(owner))
                changed.append([*(None if value is None else under(owner, bytes(value)) for value in values), pk])
            with schema_editor.connection.cursor() as cursor:
                cursor.executemany(write, changed)


def _batches(schema_editor: BaseDatabaseSchemaEditor, table: str, whose: str, columns: tuple[str, ...]) -> Iterator[list[tuple[Any, ...]]]:
    last: list[Any] = []
    with schema_editor.connection.cursor() as cursor:
        while True:
            after = "WHERE id > %s " if last else ""
            cursor.execute(f"SELECT id, {whose}, {', '.join(columns)} FROM {table} {after}ORDER BY id LIMIT {ROWS}", last)  # noqa: S608
            rows = cursor.fetchall()
            if not rows:
                return
            yield rows
            last = [rows[-1][0]]


def _owned(model: str, name: str, field: Any) -> migrations.AlterField:
    return migrations.AlterField(model_name=model, name=name, field=field)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0008_phone_digests'),
    ]

    operations = [
        migrations.CreateModel(
            name='DataKey',
            fields=[
                ('customer', models.OneToOneField(editable=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='data_key', serialize=False, to='customers.customer')),
                ('secret', vanguard.encryption.fields.EncryptedTextField(editable=False)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
        ),
        migrations.RunPython(give_keys, take_keys),
        # The columns are what they were: only which key their content is under has changed.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                _owned('customer', 'phone', vanguard.encryption.fields.OwnedTextField(blank=True)),
                _owned('customer', 'date_of_birth', vanguard.encryption.fields.OwnedDateField(blank=True, null=True)),
                _owned('customer', 'ssn', vanguard.encryption.fields.OwnedTextField(blank=True, verbose_name='SSN')),
                _owned('customer', 'address', vanguard.encryption.fields.OwnedTextField(blank=True)),
                _owned('contactentry', 'text', vanguard.encryption.fields.OwnedTextField(max_length=10000)),
                _owned('customermerge', 'reason', vanguard.encryption.fields.OwnedTextField(blank=True)),
                _owned('customermerge', 'replaced', vanguard.encryption.fields.OwnedTextField(default='{}')),
            ],
        ),
    ]
