"""Under which state's deadlines a claim is; clocks.0003 reads it from the addresses."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0008_appeals_and_documents'),
    ]

    operations = [
        # In the words of both databases: Django has SQLite make the table anew for a column that is never null, without its triggers.
        migrations.RunSQL(
            "ALTER TABLE claims_claim ADD COLUMN jurisdiction varchar(10) NOT NULL DEFAULT ''",
            "ALTER TABLE claims_claim DROP COLUMN jurisdiction",
            state_operations=[
                migrations.AddField(
                    model_name='claim',
                    name='jurisdiction',
                    field=models.CharField(blank=True, default='', help_text="The state whose deadlines it is under, as US-CA; empty: the company's standard.", max_length=10),
                ),
            ],
        ),
    ]
