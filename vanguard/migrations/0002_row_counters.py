from django.db import migrations

from vanguard.counting.operations import MakeCounters


class Migration(migrations.Migration):

    dependencies = [
        ('vanguard', '0001_numbers_and_idempotency'),
    ]

    operations = [
        MakeCounters(),
    ]
