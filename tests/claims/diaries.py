"""What stands in a claim's diary."""

import datetime

from django.utils import timezone

from claims.diary.models import DiaryEntry
from claims.models import Claim

DAY = datetime.timedelta(days=1)


def today() -> datetime.date:
    return timezone.now().date()


def open_entries(claim: Claim) -> list[DiaryEntry]:
    return list(DiaryEntry.objects.open().filter(claim=claim))


def the_entry(claim: Claim) -> DiaryEntry:
    [entry] = open_entries(claim)
    return entry
