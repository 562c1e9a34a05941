"""What `/metrics` tells of letters."""

import datetime

from django.utils import timezone

from vanguard.mail.models import Letter
from vanguard.observability.asked import Figure, Values, add_figure

LATELY = datetime.timedelta(days=1)


def waiting() -> Values:
    yield (), Letter.objects.waiting().to_somebody().count()


def oldest() -> Values:
    """In seconds; 0 where nothing waits."""
    made_at = Letter.objects.waiting().to_somebody().order_by("made_at").values_list("made_at", flat=True).first()
    yield (), (timezone.now() - made_at).total_seconds() if made_at else 0.0


def not_delivered() -> Values:
    yield (), Letter.objects.not_delivered().filter(settled_at__gt=timezone.now() - LATELY).count()


add_figure(Figure("vanguard_mail_waiting", "Letters that wait to be sent.", waiting))
add_figure(Figure("vanguard_mail_oldest_seconds", "For how long the oldest letter waits to be sent.", oldest))
add_figure(Figure("vanguard_mail_not_delivered", "Letters of the last day that were refused, or became too old to be sent.", not_delivered))
