"""Policies that were booked before versions were kept get them: the first, and the cancellation where they are cancelled."""

from itertools import batched
from typing import Any

from django.db import migrations

from policies.models.values import stored
from policies.terms import Kind, Segment, Transaction, timeline

TERMS = ("policy_type", "premium_amount", "coverage_amount", "deductible_amount", "start_date", "end_date")


def book_what_is_there(apps: Any, schema_editor: Any) -> None:
    Policy = apps.get_model("policies", "Policy")
    Version = apps.get_model("policies", "PolicyVersion")
    Stretch = apps.get_model("policies", "PolicySegment")
    told = {}
    for policy_id, command, at in (
        apps.get_model("policies", "PolicyTransition").objects.filter(command__in=["book", "cancel"]).values_list("policy_id", "command", "at")
    ):
        told[policy_id, command] = at
    for policies in batched(Policy.objects.filter(versions=None).order_by("id").iterator(2000), 2000):
        versions, segments = [], []
        for policy in policies:
            booked = [Transaction(1, Kind.NEW_BUSINESS, policy.start_date, {name: getattr(policy, name) for name in TERMS})]
            times = [told.get((policy.id, "book"), policy.created_at)]
            if policy.cancelled_at is not None:
                booked.append(Transaction(2, Kind.CANCELLATION, policy.cancelled_at))
                times.append(max(times[0], told.get((policy.id, "cancel"), policy.updated_at)))
            written = 0
            for number, booked_at in enumerate(times, 1):
                now, found = booked[number - 1], timeline(booked[:number])
                version = Version(
                    policy=policy,
                    number=number,
                    kind=now.kind.value,
                    effective_at=now.effective_at,
                    booked_at=booked_at,
                    changes=stored(now.changes),
                    method="" if number == 1 else "flat" if policy.cancelled_at == policy.start_date else "pro_rata",
                    premium_change=found.written - written,
                    written_premium=found.written,
                )
                written = found.written
                versions.append(version)
                segments += [_segment(Stretch, version, each) for each in found.segments]
        Version.objects.bulk_create(versions, 2000)
        Stretch.objects.bulk_create(segments, 2000)
    Policy.objects.filter(cancelled_at__isnull=False, booked_versions=1).update(booked_versions=2)


def _segment(model: Any, version: Any, segment: Segment) -> Any:
    return model(
        version=version,
        starts_at=segment.starts_at,
        ends_at=segment.ends_at,
        days=segment.days,
        policy_type=segment.terms.policy_type,
        term_premium=segment.terms.premium_amount,
        coverage_amount=segment.terms.coverage_amount,
        deductible_amount=segment.terms.deductible_amount,
        in_force=segment.in_force,
        premium=segment.premium,
    )


class Migration(migrations.Migration):
    dependencies = [("policies", "0005_policy_versions")]

    operations = [migrations.RunPython(book_what_is_there, migrations.RunPython.noop)]
