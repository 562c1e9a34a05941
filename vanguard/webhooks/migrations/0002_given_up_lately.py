from django.db import migrations, models

from vanguard.indexes import AddIndexOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('webhooks', '0001_webhooks'),
    ]

    operations = [
        AddIndexOnline(
            model_name='delivery',
            index=models.Index(condition=models.Q(('state', 'given_up')), fields=['tried_at'], name='webhook_given_up'),
        ),
    ]
