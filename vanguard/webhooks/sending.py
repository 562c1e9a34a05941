"""Sending what is due: taken for a minute at a time, sent outside of any transaction, and its outcome written where nobody else took it.

A process that is killed leaves what it had in hand; after the minute another takes it up. So an event may arrive twice, and is never lost.
"""

import datetime
import logging
import secrets
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from threading import Event
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from vanguard.audit import acting_as, change
from vanguard.observability.compliance import record_event
from vanguard.webhooks import signing
from vanguard.webhooks.models import Delivery, DeliveryQuerySet, Endpoint, Health
from vanguard.webhooks.noticing import notice
from vanguard.webhooks.outgoing import Answer, post
from vanguard.webhooks.telling import tell_administrators

logger = logging.getLogger(__name__)
AT_ONCE, OF_AN_ENDPOINT = 16, 2
LEASE = datetime.timedelta(seconds=60)
# The wait after each failure: ten seconds, three times as long each time, six hours at most, more or less a quarter.
FIRST_WAIT, LONGEST_WAIT = datetime.timedelta(seconds=10), datetime.timedelta(hours=6)
TRIED_FOR = datetime.timedelta(days=3)
# An endpoint at which so many failed in a row is asked by one delivery at a time, ever less often.
RESTS_AFTER, LONGEST_REST = 5, datetime.timedelta(minutes=10)
SWITCHED_OFF_AFTER = datetime.timedelta(days=5)
GONE = 410
POLL_SECONDS = 1.0
_chance = secrets.SystemRandom()


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery in hand until `until`, with all that its sending needs: no thread of the sending touches the database."""

    delivery_id: int
    endpoint_id: UUID
    until: datetime.datetime
    attempt: int
    message_id: str
    url: str
    body: bytes
    secrets: tuple[str, ...]

    def send(self) -> Answer:
        headers = signing.headers(self.secrets, self.message_id, int(timezone.now().timestamp()), self.body)
        bare = [secret.removeprefix(signing.PREFIX) for secret in self.secrets]
        return post(self.url, self.body, headers, [*self.secrets, *bare, *headers["webhook-signature"].split()])


@dataclass(slots=True)
class Done:
    """What one call has done."""

    noticed: int = 0
    delivered: int = 0
    failed: int = 0

    def __bool__(self) -> bool:
        return bool(self.noticed or self.delivered or self.failed)


def deliver(stopped: Event | None = None) -> Done:
    """Make deliveries of what is new and send all that is due. A slow receiver holds up nobody but itself.

    Once `stopped` is set, only what is under way is finished.
    """
    done = Done()
    in_hand: dict[Future[Answer], Taken] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhooks") as threads:
        while True:
            if stopped is None or not stopped.is_set():
                done.noticed += notice()
                for taken in take(_count(in_hand), AT_ONCE - len(in_hand)):
                    in_hand[threads.submit(taken.send)] = taken
            if not in_hand:
                return done
            for sent in wait(in_hand, POLL_SECONDS, FIRST_COMPLETED).done:
                answer = sent.result()
                settle(in_hand.pop(sent), answer)
                done.delivered += answer.is_success
                done.failed += not answer.is_success


def send_now(delivery_id: int) -> None:
    """This one, whatever waits before it: a ping, which somebody is waiting for."""
    with transaction.atomic():
        rows = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.WAITING, leased_until=None)
        taken = _leased(rows.select_for_update(skip_locked=True), 1)
    for each in taken:
        settle(each, each.send())


def take(busy: Mapping[UUID, int], most: int) -> list[Taken]:
    """Up to `most` deliveries that are due, few of each endpoint; `busy` is how many of which are in hand already."""
    now, taken = timezone.now(), list[Taken]()
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, next_at__lte=now).order_by().values("endpoint")
    awake = Endpoint.objects.on().filter(Q(health__resting_until=None) | Q(health__resting_until__lte=now), pk__in=waiting)
    for endpoint in awake.select_related("health"):
        at_once = 1 if endpoint.health.failures >= RESTS_AFTER else OF_AN_ENDPOINT
        free = min(at_once - busy.get(endpoint.pk, 0), most - len(taken))
        if free > 0:
            with transaction.atomic():
                due = Delivery.objects.due(now).filter(endpoint=endpoint)
                taken += _leased(due.select_for_update(skip_locked=True, of=("self",)), free)
    return taken


def _leased(rows: DeliveryQuerySet, most: int) -> list[Taken]:
    """The first of `rows`, which are locked, in hand from now on."""
    until = timezone.now() + LEASE
    found = list(rows.select_related("endpoint", "event")[:most])
    Delivery.objects.filter(pk__in=[each.pk for each in found]).update(leased_until=until, attempts=F("attempts") + 1)
    return [_taken(each, until) for each in found]


def _taken(delivery: Delivery, until: datetime.datetime) -> Taken:
    endpoint, event = delivery.endpoint, delivery.event
    return Taken(
        delivery.pk, endpoint.pk, until, delivery.attempts + 1, str(event.pk), endpoint.url, event.body.encode(), tuple(endpoint.secrets)
    )


def settle(taken: Taken, answer: Answer) -> None:
    """Write down what came of it: of the delivery where it is still in this hand, and of the endpoint's health."""
    now = timezone.now()
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().filter(pk=taken.endpoint_id).first()
        delivery = Delivery.objects.filter(pk=taken.delivery_id, leased_until=taken.until).first()
        if endpoint is None or delivery is None:
            return  # removed meanwhile, or taken up by another after this one took too long
        delivery.tried_at, delivery.leased_until = now, None
        delivery.status, delivery.trouble, delivery.answer = answer.status, answer.trouble, answer.text
        if answer.is_success:
            delivery.state = Delivery.State.DELIVERED
        else:
            _put_off(delivery, taken.attempt, answer, now)
        delivery.save()
        _keep_health(endpoint, answer, now)
    told = {"endpoint_id": endpoint.pk, "delivery_id": delivery.pk, "attempt": taken.attempt, "status": answer.status}
    logger.info("webhook_sent" if answer.is_success else "webhook_failed", extra={**told, "ms": round(answer.seconds * 1000)})


def _put_off(delivery: Delivery, attempt: int, answer: Answer, now: datetime.datetime) -> None:
    """The next try, or none any more."""
    delivery.next_at = now + max(wait_after(attempt), datetime.timedelta(seconds=min(answer.retry_after, LONGEST_WAIT.total_seconds())))
    if delivery.next_at > delivery.begun_at + TRIED_FOR:
        delivery.state = Delivery.State.GIVEN_UP


def wait_after(attempt: int) -> datetime.timedelta:
    """How long after the `attempt`-th failure the next one follows; by chance, so that what failed together does not return together."""
    seconds = FIRST_WAIT.total_seconds() * 3.0 ** min(attempt - 1, 10)
    return min(datetime.timedelta(seconds=seconds), LONGEST_WAIT) * _chance.uniform(0.75, 1.25)


def _keep_health(endpoint: Endpoint, answer: Answer, now: datetime.datetime) -> None:
    health, _ = Health.objects.get_or_create(endpoint=endpoint)
    if answer.is_success:
        if health.failures >= RESTS_AFTER:
            # It is back: what was put off by hours goes now.
            endpoint.deliveries.filter(state=Delivery.State.WAITING, leased_until=None).update(next_at=now)
        health.last_success_at, health.failing_since, health.failures, health.resting_until = now, None, 0, None
        health.save()
        return
    health.last_failure_at, health.failing_since, health.failures = now, health.failing_since or now, health.failures + 1
    if health.failures >= RESTS_AFTER:
        health.resting_until = now + min(wait_after(health.failures - RESTS_AFTER + 1), LONGEST_REST)
    health.save()
    if answer.status == GONE:
        _switch_off(endpoint, Endpoint.Off.GONE, now)
    elif now - health.failing_since >= SWITCHED_OFF_AFTER:
        _switch_off(endpoint, Endpoint.Off.FAILING, now)


def _switch_off(endpoint: Endpoint, why: Endpoint.Off, now: datetime.datetime) -> None:
    if not endpoint.is_on:
        return
    with acting_as(None):
        change(endpoint, off=why, off_since=now)
    tell_administrators(endpoint)
    record_event("webhook_switched_off", endpoint_id=endpoint.pk, why=why)


def _count(in_hand: Mapping[Future[Answer], Taken]) -> dict[UUID, int]:
    return Counter(taken.endpoint_id for taken in in_hand.values())
