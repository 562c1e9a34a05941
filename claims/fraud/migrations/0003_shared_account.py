"""An indicator more. A company that has rules gets its row, valid from now on; one that has none yet gets all of them at once."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.utils import timezone


def add_rule(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    rows = apps.get_model("fraud", "FraudRule").objects.using(schema_editor.connection.alias)
    if rows.exists() and not rows.filter(code="shared_account").exists():
        rows.create(code="shared_account", parameters={}, weight=30, valid_from=timezone.now())


def take_rule_out(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    apps.get_model("fraud", "FraudRule").objects.using(schema_editor.connection.alias).filter(code="shared_account").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0015_payments_by_account'),
        ('fraud', '0002_investigations_are_kept'),
    ]

    operations = [
        migrations.AlterField(
            model_name='fraudrule',
            name='code',
            field=models.CharField(choices=[('early_claim', 'Loss soon after inception'), ('late_report', 'Reported late'), ('round_amount', 'Round amount'), ('repeated_claimant', 'Repeated claimant'), ('shared_phone', 'Phone of another customer'), ('shared_account', 'Bank account of another customer'), ('before_the_end', 'Loss just before the cover ended'), ('under_limit', 'Just under the limit'), ('under_authority', 'Just under an authority'), ('threshold', 'Score that suggests a referral')], max_length=30),
        ),
        migrations.RunPython(add_rule, take_rule_out),
    ]
