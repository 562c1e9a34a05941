from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from customers.rules import identity_of
from vanguard.encryption.keys import digests

ROWS = 1000


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Customers from before there was such a digest get theirs; each birth date is decrypted for it once."""
    Customer = apps.get_model("customers", "Customer")
    rows = Customer.objects.using(schema_editor.connection.alias)
    some = []
    for customer in rows.filter(identity_hash="").only("first_name", "last_name", "date_of_birth").iterator(ROWS):
        if identity := identity_of(customer.first_name, customer.last_name, customer.date_of_birth):
            customer.identity_hash = digests("identity", identity)[0]
            some.append(customer)
        if len(some) == ROWS:
            rows.bulk_update(some, ["identity_hash"])
            some.clear()
    rows.bulk_update(some, ["identity_hash"])


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0004_merging_and_contacts'),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
