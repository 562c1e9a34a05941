"""What administrators do with endpoints. Each is one transaction, audited, and asks for itself whether the actor may."""

import datetime
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from vanguard import background
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.ids import new_id
from vanguard.querysets import get_or_refuse, locked
from vanguard.webhooks import signing
from vanguard.webhooks.guard import Refused, checked, target_of
from vanguard.webhooks.models import PING, Delivery, Endpoint, Event, Health
from vanguard.webhooks.noticing import catch_up, highest_record, make_event
from vanguard.webhooks.sending import send_now
from vanguard.webhooks.sources import event_types as known_types

# After a rotation the receiver has so long to learn the new secret.
BOTH_FOR = datetime.timedelta(hours=24)
KEPT_FOR = datetime.timedelta(days=30)
CHANGE = "webhooks.change_endpoint"


def subscribe(actor: User | None, *, name: str, url: str, event_types: Sequence[str]) -> tuple[Endpoint, str]:
    """A new endpoint, on from now, and its secret: nobody is shown it again. Raises NotAllowed, Invalid."""
    require(actor, "webhooks.add_endpoint")
    _check(name, url, event_types)
    secret = signing.new_secret()
    with unit_of_work(actor):
        told_after = _from_now_on()
        endpoint = Endpoint(name=name.strip(), url=url.strip(), event_types=sorted(event_types), secret=secret, told_after=told_after)
        endpoint.save(force_insert=True)
        Health.objects.create(endpoint=endpoint)
    return endpoint, secret


def change_endpoint(
    actor: User | None, endpoint_id: UUID, version: int | None = None, *, name: str, url: str, event_types: Sequence[str]
) -> Endpoint:
    """Another name, address or choice of events; what waits goes to the new address. Raises NotAllowed, Invalid, StaleVersion."""
    require(actor, CHANGE)
    _check(name, url, event_types)
    with unit_of_work(actor):
        endpoint = locked(Endpoint.objects.all(), endpoint_id, version)
        change(endpoint, name=name.strip(), url=url.strip(), event_types=sorted(event_types))
    return endpoint


def rotate_secret(actor: User | None, endpoint_id: UUID) -> tuple[Endpoint, str]:
    """A new secret, shown once. For a day deliveries are signed with both. Raises NotAllowed."""
    require(actor, CHANGE)
    secret = signing.new_secret()
    with unit_of_work(actor):
        endpoint = locked(Endpoint.objects.all(), endpoint_id)
        change(endpoint, secret=secret, earlier_secret=endpoint.secret, earlier_until=timezone.now() + BOTH_FOR)
    return endpoint, secret


def switch_off(actor: User | None, endpoint_id: UUID) -> Endpoint:
    """Nothing is delivered any more, and what happens is not kept for it; what waits waits still. Raises NotAllowed, Conflict."""
    require(actor, CHANGE)
    with unit_of_work(actor):
        endpoint = locked(Endpoint.objects.all(), endpoint_id)
        if not endpoint.is_on:
            raise Conflict("It is off already.", code="not_allowed_now")
        change(endpoint, off=Endpoint.Off.BY_HAND, off_since=timezone.now())
    return endpoint


def switch_on(actor: User | None, endpoint_id: UUID) -> Endpoint:
    """It hears of what happens from now on, and what waited is sent. Raises NotAllowed, Conflict."""
    require(actor, CHANGE)
    with unit_of_work(actor):
        endpoint = locked(Endpoint.objects.all(), endpoint_id)
        if endpoint.is_on:
            raise Conflict("It is on already.", code="not_allowed_now")
        now = timezone.now()
        change(endpoint, off="", off_since=None, told_after=_from_now_on())
        Health.objects.filter(endpoint=endpoint).update(failing_since=None, failures=0, resting_until=None)
        endpoint.deliveries.filter(state=Delivery.State.WAITING, leased_until=None).update(next_at=now, begun_at=now)
    return endpoint


def remove_endpoint(actor: User | None, endpoint_id: UUID) -> None:
    """It goes, with its secret and its deliveries. Raises NotAllowed."""
    require(actor, "webhooks.delete_endpoint")
    with unit_of_work(actor):
        locked(Endpoint.objects.all(), endpoint_id).delete()


def ping(actor: User | None, endpoint_id: UUID) -> Delivery:
    """A delivery that tells of nothing, sent at once, whether or not the endpoint is on. Raises NotAllowed."""
    require(actor, CHANGE)
    with unit_of_work(actor):
        endpoint = get_or_refuse(Endpoint.objects.all(), endpoint_id)
        key = new_id()
        event = make_event(key, PING, endpoint.pk, timezone.now(), {"endpointId": str(endpoint.pk)})
        event.save(force_insert=True)
        # A subject of its own: it waits for nothing, and nothing waits for it.
        delivery = Delivery.objects.create(endpoint=endpoint, event=event, subject=key)
        background.after_commit(partial(send_now, delivery.pk))
    return delivery


def redeliver(actor: User | None, delivery_id: int, endpoint_id: UUID | None = None) -> Delivery:
    """Once more, under the same id and with the same body, whatever became of it before. Raises NotAllowed, Conflict.

    Where an endpoint is given, only of that one.
    """
    require(actor, CHANGE)
    with unit_of_work(actor):
        delivery = Delivery.objects.select_for_update(of=("self",)).select_related("endpoint").filter(pk=delivery_id).first()
        if delivery is None or endpoint_id not in (None, delivery.endpoint_id):
            raise Conflict("This delivery is not kept any more.", code="not_there")
        if delivery.leased_until is not None and delivery.leased_until > timezone.now():
            raise Conflict("It is being sent at this moment.", code="not_allowed_now")
        if not delivery.endpoint.is_on:
            raise Conflict("Switch the webhook on first.", code="not_allowed_now")
        now = timezone.now()
        delivery.state, delivery.attempts, delivery.begun_at, delivery.next_at = Delivery.State.WAITING, 0, now, now
        delivery.leased_until = None
        delivery.save()
        Health.objects.filter(endpoint=delivery.endpoint).update(resting_until=None)
    return delivery


def clear_deliveries() -> int:
    """Events of more than 30 days ago go with their deliveries, and secrets that count no more. Returns how many events."""
    now = timezone.now()
    for endpoint in Endpoint.objects.filter(earlier_until__lte=now):
        with transaction.atomic():
            Endpoint.objects.filter(pk=endpoint.pk, version=endpoint.version).update(
                earlier_secret="", earlier_until=None, version=endpoint.version + 1, updated_at=now
            )
    gone, _ = Delivery.objects.filter(event__created_at__lt=now - KEPT_FOR).delete()
    Event.objects.filter(created_at__lt=now - KEPT_FOR).delete()
    return gone


def _from_now_on() -> int:
    """The last change that was recorded before now. Where nobody listened until now, none of those is looked through either."""
    if not Endpoint.objects.on().exists():
        catch_up()
    return highest_record()


def _check(name: str, url: str, event_types: Sequence[str]) -> None:
    errors = []
    if not name.strip():
        errors.append(FieldError("name", "required", "Name is missing."))
    if not event_types:
        errors.append(FieldError("event_types", "required", "Choose what is told."))
    if unknown := sorted(set(event_types).difference(known_types())):
        errors.append(FieldError("event_types", "unknown", f"There is no such event: {unknown[0]}."))
    try:
        checked(target_of(url.strip()))
    except Refused as refused:
        errors.append(FieldError("url", "not_called", str(refused)))
    if errors:
        raise Invalid.of(errors)
