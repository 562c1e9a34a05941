from django.db import migrations

from vanguard.indexes import RemoveSearchIndex, SearchIndex


class Migration(migrations.Migration):
    """The lists leave out who was merged into another: with that in the index, it alone says again who is listed."""

    atomic = False

    dependencies = [("customers", "0010_erasure_and_holds")]

    operations = [
        SearchIndex("customer_by_last_name", "customer", "upper(last_name)", ("last_name", "first_name", "id", "merged_into_id")),
        SearchIndex("customer_by_first_name", "customer", "upper(first_name)", ("first_name", "last_name", "id", "merged_into_id")),
        SearchIndex("customer_by_address", "customer", "upper(email)", ("email", "last_name", "first_name", "id", "merged_into_id")),
        RemoveSearchIndex("customer_last_name_begins", "customer", "upper(last_name)", ("last_name", "first_name", "id")),
        RemoveSearchIndex("customer_first_name_begins", "customer", "upper(first_name)", ("first_name", "last_name", "id")),
        RemoveSearchIndex("customer_email_begins", "customer", "upper(email)", ("email", "last_name", "first_name", "id")),
    ]
