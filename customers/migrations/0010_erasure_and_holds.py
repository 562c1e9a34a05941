from typing import Any

import django.db.models.deletion
import django.utils.timezone
import vanguard.encryption.fields
import vanguard.ids
from django.apps.registry import Apps
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


PERSONAL = ("email", "first_name", "last_name")
HIDDEN = "••••"
ROWS = 500


def take_names_out_of_audit(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Entries on customers and log-ins from before named them. An entry outlives the person's data, so it names the record only."""
    alias = schema_editor.connection.alias
    kinds = apps.get_model("contenttypes", "ContentType").objects.using(alias)
    for label, model, word in (("customers", "customer", "Customer"), ("accounts", "user", "User")):
        for kind in kinds.filter(app_label=label, model=model):
            _rename(apps.get_model("auditlog", "LogEntry").objects.using(alias).filter(content_type_id=kind.pk), word)


def _rename(entries: Any, word: str) -> None:
    some = []
    for entry in entries.exclude(object_repr__startswith=f"{word} ").only("object_pk", "object_repr", "changes").iterator(ROWS):
        if entry.object_pk:
            entry.object_repr = f"{word} {entry.object_pk}"
        for name in PERSONAL:
            if name in (entry.changes or {}):
                entry.changes[name] = [HIDDEN if each and each != "None" else each for each in entry.changes[name]]
        some.append(entry)
        if len(some) == ROWS:
            entries.bulk_update(some, ["object_repr", "changes"])
            some.clear()
    entries.bulk_update(some, ["object_repr", "changes"])


class Migration(migrations.Migration):

    dependencies = [
        ('auditlog', '0017_add_actor_email'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('customers', '0009_data_keys'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(take_names_out_of_audit, migrations.RunPython.noop),
        migrations.CreateModel(
            name='BreakGlass',
            fields=[
                ('id', models.UUIDField(default=vanguard.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reason', models.TextField(max_length=2000)),
                ('began_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('ends_at', models.DateTimeField()),
            ],
            options={
                'ordering': ('-began_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='CustomerExport',
            fields=[
                ('id', models.UUIDField(default=vanguard.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('form', models.CharField(choices=[('json', 'JSON'), ('pdf', 'PDF')], max_length=4)),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('reason', vanguard.encryption.fields.OwnedTextField(blank=True)),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.PositiveBigIntegerField()),
            ],
            options={
                'ordering': ('-asked_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Erasure',
            fields=[
                ('id', models.UUIDField(default=vanguard.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reason', vanguard.encryption.fields.OwnedTextField()),
                ('asked_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('due_at', models.DateTimeField(null=True)),
                ('waits_for', models.CharField(blank=True, max_length=200)),
                ('done_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ('-asked_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='LegalHold',
            fields=[
                ('id', models.UUIDField(default=vanguard.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('reason', vanguard.encryption.fields.OwnedTextField()),
                ('set_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('lifted_reason', vanguard.encryption.fields.OwnedTextField(blank=True)),
                ('lifted_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ('-set_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Reveal',
            fields=[
                ('id', models.UUIDField(default=vanguard.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('fields', models.JSONField()),
                ('reason', vanguard.encryption.fields.OwnedTextField()),
                ('beyond_quota', models.BooleanField(default=False)),
            ],
            options={
                'ordering': ('-at', '-id'),
            },
        ),
        migrations.AlterModelOptions(
            name='customer',
            options={'ordering': ('-created_at', '-id'), 'permissions': [('lookup_ssn', 'Can look a customer up by SSN'), ('merge_customer', 'Can merge two customers, and undo it'), ('erase_customer', "Can have a customer's personal data erased"), ('export_customer', 'Can take all that is held on a customer'), ('reveal_customer', "Can see one customer's personal data in plain"), ('break_glass', 'Can break the glass: see all for an hour')]},
        ),
        migrations.AddField(
            model_name='customer',
            name='erased_at',
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name='customer',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at', None), models.Q(('identity_hash', ''), ('phone_hash', ''), ('ssn_hash', ''), ('user', None)), _connector='OR'), name='customer_erased_is_not_found'),
        ),
        migrations.AddField(
            model_name='breakglass',
            name='actor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='customerexport',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='customerexport',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='erasure',
            name='asked_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='erasure',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='erasures', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='legalhold',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='holds', to='customers.customer'),
        ),
        migrations.AddField(
            model_name='legalhold',
            name='lifted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='legalhold',
            name='set_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reveal',
            name='actor',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reveal',
            name='break_glass',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='reveals', to='customers.breakglass'),
        ),
        migrations.AddField(
            model_name='reveal',
            name='customer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='reveals', to='customers.customer'),
        ),
        migrations.AddIndex(
            model_name='breakglass',
            index=models.Index(fields=['actor', 'ends_at'], name='break_glass_by_actor'),
        ),
        migrations.AddConstraint(
            model_name='customerexport',
            constraint=models.CheckConstraint(condition=models.Q(('form__in', ['json', 'pdf'])), name='customer_export_form_known'),
        ),
        migrations.AddIndex(
            model_name='erasure',
            index=models.Index(condition=models.Q(('done_at', None)), fields=['due_at'], name='erasure_by_due_date'),
        ),
        migrations.AddConstraint(
            model_name='erasure',
            constraint=models.UniqueConstraint(condition=models.Q(('done_at', None)), fields=('customer',), name='erasure_waits_once'),
        ),
        migrations.AddConstraint(
            model_name='legalhold',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('customer',), name='legal_hold_once'),
        ),
        migrations.AddIndex(
            model_name='reveal',
            index=models.Index(fields=['actor', 'at'], name='reveal_by_actor'),
        ),
        migrations.AddIndex(
            model_name='reveal',
            index=models.Index(fields=['customer', 'at'], name='reveal_by_customer'),
        ),
    ]
