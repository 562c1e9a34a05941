"""Deliveries to send, without a claim behind them."""

from uuid import UUID

from django.utils import timezone

from vanguard.ids import new_id
from vanguard.webhooks.models import Delivery, Endpoint, Health
from vanguard.webhooks.noticing import make_event
from vanguard.webhooks.services import subscribe


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
