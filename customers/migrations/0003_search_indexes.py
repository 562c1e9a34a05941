from django.db import migrations

from vanguard.indexes import SearchIndex


class Migration(migrations.Migration):
    """People are found by how a name or an e-mail begins; the index alone says which, and in which order they are listed."""

    atomic = False

    dependencies = [("customers", "0002_count_customers")]

    operations = [
        SearchIndex("customer_last_name_begins", "customer", "upper(last_name)", ("last_name", "first_name", "id")),
        SearchIndex("customer_first_name_begins", "customer", "upper(first_name)", ("first_name", "last_name", "id")),
        SearchIndex("customer_email_begins", "customer", "upper(email)", ("email", "last_name", "first_name", "id")),
    ]
