from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

from claims.append_only import created, dropped
from vanguard.ids import new_id

BATCH = 2000


def book_earlier_payments(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was paid before there was a ledger gets its entries. Nothing was set aside then."""
    using = schema_editor.connection.alias
    entry, payment = apps.get_model("claims", "LedgerEntry"), apps.get_model("claims", "ClaimPayment")
    entries = []
    for paid in payment.objects.using(using).filter(entry=None).iterator(chunk_size=BATCH):
        entries.append(
            entry(
                id=new_id(),
                claim_id=paid.claim_id,
                cost_type=paid.cost_type,
                kind="payment",
                paid=paid.amount,
                payment_id=paid.pk,
                effective_at=paid.paid_at,
                booked_at=paid.created_at,
            )
        )
    entry.objects.using(using).bulk_create(entries, batch_size=BATCH)


def one_limit_for_all_costs(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Going back: a role had one limit for a type of claim, whatever the cost."""
    apps.get_model("claims", "AuthorityLimit").objects.using(schema_editor.connection.alias).exclude(cost_type="indemnity").delete()


def put_in(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in created(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def take_out(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    for statement in dropped(schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    """A later migration that makes one of these tables anew on SQLite (any change of a column does) must put the rules in again."""

    dependencies = [("claims", "0004_claim_money")]

    operations = [
        migrations.RunPython(book_earlier_payments, one_limit_for_all_costs),
        migrations.RunPython(put_in, take_out),
    ]
