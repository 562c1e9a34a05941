"""/api/billing/webhooks: where a payment provider tells us of money. No log-in: its signature is what tells it from anybody else."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from policies.billing.models import ProviderEvent
from policies.billing.providers import provider_called
from policies.billing.services import take_delivery
from vanguard.errors import NotAllowed
from vanguard.http import rates
from vanguard.http.envelope import ok
from vanguard.http.errors import TooLarge
from vanguard.http.parsing import read_json
from vanguard.http.threads import in_thread

webhooks = Router(tags=["Billing"], by_alias=True)
LARGEST_DELIVERY = 64 * 1024


# Not in the schema, from which our own clients are made: docs/billing.md is for the provider.
@webhooks.post("/{provider}", auth=None, include_in_schema=False)
async def receive_delivery(request: HttpRequest, provider: str) -> HttpResponse:
    """A signed delivery. Each event has its effect once; a second delivery of it is answered as the first."""
    body = request.body
    if len(body) > LARGEST_DELIVERY:
        raise TooLarge("A delivery may have 64 KiB.")
    called = provider_called(provider)
    try:
        called.verify(request.headers, body, timezone.now())
    except NotAllowed:
        await rates.refused_token()
        raise
    told = called.read(read_json(request))

    def take() -> ProviderEvent:
        return take_delivery(called.name, told, body)

    event = await in_thread(take)
    return ok({"eventId": event.event_id, "outcome": str(event.outcome)}, "The delivery is taken in.")
