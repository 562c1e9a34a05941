"""What of log-ins is over: sessions, tokens, and the counts of requests and failures."""

import datetime

from django.contrib.sessions.models import Session
from django.db.models import Q
from django.utils import timezone

from vanguard.accounts.models import FailedLogIns, RefreshToken, ResetRequests, TokenFamily

# A token that is used a second time must still be known, for its family to be ended: so long after it has run out.
AFTER = datetime.timedelta(days=30)
COUNTS = datetime.timedelta(days=2)


def clear_sessions() -> int:
    return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]


def clear_tokens() -> int:
    """Refresh tokens that ran out a month ago, and families that ended or have no token left."""
    before = timezone.now() - AFTER
    tokens = RefreshToken.objects.filter(expires_at__lt=before).delete()[0]
    over = Q(ended_at__lt=before) | Q(refresh_tokens=None, created_at__lt=before)
    return tokens + TokenFamily.objects.filter(pk__in=list(TokenFamily.objects.filter(over).values_list("pk", flat=True))).delete()[0]


def clear_counts() -> int:
    """Of letters asked for and of failed log-ins: digests, which mean nothing after an hour and a day."""
    before = timezone.now() - COUNTS
    return ResetRequests.objects.filter(since__lt=before).delete()[0] + FailedLogIns.objects.filter(since__lt=before).delete()[0]
