"""The words of an ending. Nothing changes in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("diary", "0003_open_claims_have_a_next_action")]

    operations = [
        migrations.AlterField(
            model_name="diaryentry",
            name="ending",
            field=models.CharField(blank=True, choices=[("done", "Done"), ("closed", "Not needed any more")], max_length=10),
        ),
    ]
