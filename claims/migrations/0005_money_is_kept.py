from itertools import batched

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.state import StateApps
from django.db.models import Q

from claims.append_only import created, dropped
from vanguard.ids import new_id

BATCH = 2000


def book_earlier_payments(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was paid before there was a ledger gets its entries. Nothing was set aside then."""
    using = schema_editor.connection.alias
    entry, payment = apps.get_model("claims", "LedgerEntry"), apps.get_model("claims", "ClaimPayment")
    earlier = payment.objects.using(using).filter(entry=None).iterator(chunk_size=BATCH)
    for batch in batched(earlier, BATCH):
        entry.objects.using(using).bulk_create(
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
            for paid in batch
        )


def go_back(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A role had one limit for a type of claim, whatever the cost. What the tables of then cannot hold is not thrown away.

    Raises IrreversibleError once a reserve, a recovery, a proof, or a payment that is not out or came back has been booked.
    """
    using = schema_editor.connection.alias
    entries = apps.get_model("claims", "LedgerEntry").objects.using(using).exclude(kind="payment")
    payments = apps.get_model("claims", "ClaimPayment").objects.using(using).filter(Q(paid_at=None) | Q(amount__lte=0))
    proofs = apps.get_model("claims", "SettlementProof").objects.using(using).all()
    if entries.exists() or payments.exists() or proofs.exists():
        raise IrreversibleError("Reserves, recoveries, proofs or payments have been booked that the schema before cannot hold.")
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
        migrations.RunPython(book_earlier_payments, go_back),
        migrations.RunPython(put_in, take_out),
    ]
