from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policies", "0011_approvals_are_by_a_person")]

    operations = [
        migrations.AddField(model_name="policy", name="lapses_at", field=models.DateTimeField(editable=False, null=True)),
    ]
