"""A correction may wait for a second person too.

Going back, one that was asked for stays as an endorsement; what it would move no endorsement can, so it can only be declined.
"""

from typing import Any

from django.conf import settings
from django.db import migrations, models


def as_endorsements(apps: Any, schema_editor: Any) -> None:
    apps.get_model("policies", "EndorsementRequest").objects.filter(kind="correction").update(kind="endorsement")


class Migration(migrations.Migration):

    dependencies = [
        ('policies', '0018_causes_of_before_are_looked_at'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='endorsementrequest',
            name='policy_request_kind_known',
        ),
        migrations.AlterField(
            model_name='endorsementrequest',
            name='kind',
            field=models.CharField(choices=[('correction', 'Correction'), ('endorsement', 'Endorsement'), ('reinstatement', 'Reinstatement')], db_default='endorsement', default='endorsement', max_length=20),
        ),
        migrations.AddConstraint(
            model_name='endorsementrequest',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['correction', 'endorsement', 'reinstatement'])), name='policy_request_kind_known'),
        ),
        migrations.RunPython(migrations.RunPython.noop, as_endorsements),
    ]
