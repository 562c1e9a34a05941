from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from customers.rules import normal_phone
from vanguard.encryption.keys import digests

ROWS = 1000


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Customers from before there was such a digest get theirs; each phone is decrypted for it once."""
    Customer = apps.get_model("customers", "Customer")
    rows = Customer.objects.using(schema_editor.connection.alias)
    some = []
    for customer in rows.filter(phone_hash="").only("phone").iterator(ROWS):
        if phone := normal_phone(customer.phone):
            customer.phone_hash = digests("phone", phone)[0]
            some.append(customer)
        if len(some) == ROWS:
            rows.bulk_update(some, ["phone_hash"])
            some.clear()
    rows.bulk_update(some, ["phone_hash"])


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0007_phone_digest'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
