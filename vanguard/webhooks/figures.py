"""What `/metrics` tells of webhooks. Only of endpoints that are on: what waits for the others waits for somebody's decision."""

import datetime

from django.utils import timezone

from vanguard.observability.asked import Figure, Values, add_figure
from vanguard.webhooks.models import Cursor, Delivery, DeliveryQuerySet, Endpoint

LATELY = datetime.timedelta(days=1)


def waiting() -> Values:
    yield (), _waiting().count()


def oldest() -> Values:
    """In seconds; 0 where nothing waits."""
    begun_at = _waiting().order_by("begun_at").values_list("begun_at", flat=True).first()
    yield (), (timezone.now() - begun_at).total_seconds() if begun_at else 0.0


def failing() -> Values:
    yield (), Endpoint.objects.on().filter(health__failing_since__isnull=False).count()


def failing_for() -> Values:
    """In seconds; 0 where the last delivery to each arrived."""
    since = Endpoint.objects.on().order_by("health__failing_since").filter(health__failing_since__isnull=False)
    first = since.values_list("health__failing_since", flat=True).first()
    yield (), (timezone.now() - first).total_seconds() if first else 0.0


def given_up() -> Values:
    yield (), Delivery.objects.filter(state=Delivery.State.GIVEN_UP, tried_at__gt=timezone.now() - LATELY).count()


def switched_off() -> Values:
    yield (), Endpoint.objects.filter(off__in=(Endpoint.Off.FAILING, Endpoint.Off.GONE)).count()


def silent() -> Values:
    """In seconds, counted from the first subscription at the earliest; 0 where nobody is subscribed."""
    looked_at = Cursor.objects.values_list("looked_at", flat=True).first()
    yield (), (timezone.now() - looked_at).total_seconds() if looked_at and Endpoint.objects.on().exists() else 0.0


def _waiting() -> DeliveryQuerySet:
    return Delivery.objects.filter(state=Delivery.State.WAITING, endpoint__off="")


add_figure(Figure("vanguard_webhooks_waiting", "Deliveries of webhooks that wait, first tries and further ones.", waiting))
add_figure(Figure("vanguard_webhooks_oldest_seconds", "For how long the oldest delivery of a webhook waits.", oldest))
add_figure(Figure("vanguard_webhooks_failing", "Webhooks whose last delivery failed.", failing))
add_figure(Figure("vanguard_webhooks_failing_seconds", "For how long nothing has arrived at the worst of the webhooks.", failing_for))
add_figure(Figure("vanguard_webhooks_given_up", "Deliveries of webhooks that were given up within the last day.", given_up))
add_figure(Figure("vanguard_webhooks_switched_off", "Webhooks that were switched off because nothing arrived.", switched_off))
add_figure(Figure("vanguard_webhooks_silent_seconds", "Since when deliver_webhooks has not looked for something to deliver.", silent))
