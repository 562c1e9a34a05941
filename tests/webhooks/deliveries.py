"""Deliveries to send, without a claim behind them."""

import datetime
from uuid import UUID

from django.utils import timezone

from tests.factories import superuser
from vanguard.ids import new_id
from vanguard.webhooks.models import Delivery, Endpoint, Health
from vanguard.webhooks.noticing import make_event
from vanguard.webhooks.services import subscribe

BOSS = "boss@vanguard.example"


def endpoint(url: str, *event_types: str) -> Endpoint:
    return subscribe(None, name="Partner", url=url, event_types=event_types or ("claim.filed",))[0]


def delivery(to: Endpoint, subject: UUID | None = None, kind: str = "claim.filed") -> Delivery:
    about = subject or new_id()
    event = make_event(new_id(), kind, about, timezone.now(), {"claimId": str(about)})
    event.save(force_insert=True)
    return Delivery.objects.create(endpoint=to, event=event, subject=about)


def due_again() -> None:
    """As if the wait were over."""
    Delivery.objects.filter(state="waiting").update(next_at=timezone.now(), leased_until=None)
    Health.objects.update(resting_until=None)


def for_the_browser() -> None:
    """An administrator, and a webhook of each state with deliveries of each."""
    superuser(email=BOSS)
    here, now = "http://127.0.0.1:9/hooks/claims", timezone.now()
    well, failing = endpoint(here, "claim.filed", "claim.approved", "claim.paid", "policy.booked"), endpoint(here, "policy.cancelled")
    gone = endpoint(here)
    for one, name in ((well, "Body shops Inc."), (failing, "Reinsurer"), (gone, "Towing")):
        Endpoint.objects.filter(pk=one.pk).update(name=name)
    for state, status, trouble, answer in (
        ("delivered", 200, "", "ok"),
        ("given_up", 500, "", '{"error":"database is locked"}'),
        ("waiting", None, "Nobody can be connected to there.", ""),
        ("waiting", 302, "It answered with a redirect, which is not followed.", ""),
    ):
        sent = delivery(well)
        Delivery.objects.filter(pk=sent.pk).update(state=state, status=status, trouble=trouble, answer=answer, attempts=3, tried_at=now)
    Health.objects.filter(endpoint=well).update(last_success_at=now)
    Health.objects.filter(endpoint=failing).update(failing_since=now - datetime.timedelta(days=1), last_failure_at=now, failures=7)
    Endpoint.objects.filter(pk=gone.pk).update(off="gone", off_since=now)
