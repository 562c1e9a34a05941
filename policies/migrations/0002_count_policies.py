from django.db import migrations

from vanguard.counting.operations import CountRows


class Migration(migrations.Migration):

    dependencies = [
        ('vanguard', '0002_row_counters'),
        ('policies', '0001_policy'),
    ]

    operations = [
        CountRows('policy'),
    ]
