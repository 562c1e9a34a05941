"""Makes what papers are missing: periodic work that may run twice, or on two machines, and makes each paper once."""

import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import QuerySet
from django.utils import timezone

from policies.models import Policy
from policies.papers import services
from policies.papers.facts import Kind, endorsements_of, kinds_of
from vanguard.errors import Conflict, NotFound
from vanguard.jobs.command import PeriodicCommand

CHUNK = 500


class Command(PeriodicCommand):
    help = "Makes the schedules and notices of the policies that changed lately and have none that says what is true now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=7, help="how far back a policy may have changed (7)")

    def handle(self, *_args: Any, days: int, **_options: Any) -> None:
        made = refused = 0
        for policy in _changed_since(timezone.now() - datetime.timedelta(days=days)).iterator(CHUNK):
            for kind, number in _papers_of(policy):
                try:
                    made += services.make_document(None, policy.pk, kind=kind, version=number).is_new
                except NotFound:
                    break  # deleted meanwhile
                except Conflict as conflict:
                    refused += 1
                    self.stderr.write(f"{policy.policy_number}: {conflict.code}")
        self.stdout.write(f"{made} papers made, {refused} refused.")


def _papers_of(policy: Policy) -> list[tuple[Kind, int | None]]:
    """Each kind of paper that there can be, and each endorsement."""
    kinds = kinds_of(policy)
    numbers = [each.number for each in endorsements_of(policy)] if Kind.ENDORSEMENT in kinds else []
    return [*((kind, None) for kind in kinds if kind is not Kind.ENDORSEMENT), *((Kind.ENDORSEMENT, number) for number in numbers)]


def _changed_since(moment: datetime.datetime) -> QuerySet[Policy]:
    """With a step of their history since then; what came with an imported book has none."""
    return Policy.objects.filter(transitions__at__gte=moment).distinct().order_by("pk")
