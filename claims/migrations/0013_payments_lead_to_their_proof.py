"""A payment leads to the proof that it rests on. Those of before rest on one that is not named."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

from claims.append_only import made_anew, of_payments_proofs, put_in, taken_out


def put_back(apps: Any, schema_editor: Any) -> None:
    """On the way back SQLite makes the payments anew, to drop a foreign key, and loses what keeps them."""
    for statement in made_anew("claims_claimpayment") if schema_editor.connection.vendor == "sqlite" else []:
        schema_editor.execute(statement)


def put_rule_in(apps: Any, schema_editor: Any) -> None:
    for statement in put_in(of_payments_proofs(), schema_editor.connection.vendor):
        schema_editor.execute(statement)


def take_rule_out(apps: Any, schema_editor: Any) -> None:
    for statement in taken_out(of_payments_proofs(), schema_editor.connection.vendor):
        schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [("claims", "0012_history_rewritten")]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, put_back),
        migrations.AddField(
            model_name="claimpayment",
            name="proof",
            field=models.ForeignKey(
                db_index=False,
                help_text="The sum on which what is paid was approved; none for expenses, nor before it was kept.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="claims.settlementproof",
            ),
        ),
        migrations.RunPython(put_rule_in, take_rule_out),
    ]
