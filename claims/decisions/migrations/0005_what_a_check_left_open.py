"""A coverage check says what it left open. The column is empty in what is there, so no table is made anew on the way in."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("decisions", "0004_the_account_is_sealed")]

    operations = [
        migrations.AddField(
            model_name="coveragecheck",
            name="left_open",
            field=models.TextField(blank=True, max_length=2000, null=True),
        ),
        migrations.AlterField(
            model_name="coveragecheck",
            name="step",
            field=models.CharField(
                choices=[
                    ("submit", "First notice"),
                    ("start", "Start"),
                    ("check", "Coverage check"),
                    ("edit", "Correction"),
                    ("approve", "Approval"),
                    ("deny", "Denial"),
                ],
                max_length=20,
            ),
        ),
    ]
