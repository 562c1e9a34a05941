"""What a payment provider tells us, taken in once.

The event's id is claimed by a unique insert in the transaction of its effect, so a second delivery, also at the same instant, finds it and
changes nothing. Money that cannot be given to an account is kept as unallocated for a person; a provider must not send it again for ever.
"""

import hashlib
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from policies.billing.models import Invoice, Payment, ProviderEvent
from policies.billing.providers import PAYMENT_FAILED, PAYMENT_RECEIVED, Told
from policies.billing.services.payments import receive_payment, reverse_payment
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, DomainError, NotFound
from vanguard.money import ZERO
from vanguard.querysets import locked

Outcome = ProviderEvent.Outcome
KEY_LENGTH = 255


def take_delivery(provider: str, told: Told, body: bytes) -> ProviderEvent:
    """Book what a verified delivery tells, or keep it for a person. A second delivery of the event gives the first's result.

    Raises Conflict when the id came with another body before ("event_reused").
    """
    event = ProviderEvent(
        provider=provider,
        event_id=told.event_id,
        body_digest=hashlib.sha256(body).hexdigest(),
        kind=told.kind,
        outcome=Outcome.IGNORED,
        amount=told.amount,
        reference=told.reference,
        said_at=told.said_at,
    )
    with unit_of_work(None):
        if before := _claim(event):
            return before
        if told.kind == PAYMENT_RECEIVED:
            _book(event, told)
        elif told.kind == PAYMENT_FAILED:
            _reverse(event, told)
    return event


def allocate_event(actor: User | None, event_id: UUID, *, policy_number: str, version: int | None = None) -> ProviderEvent:
    """Give unallocated money to the policy that it was meant for. Raises Conflict ("allocated"); NotFound for the policy."""
    require(actor, "billing.receive_payment")
    with unit_of_work(actor):
        event = locked(ProviderEvent.objects.all(), event_id, version)
        if event.outcome != Outcome.UNALLOCATED or event.amount is None:
            raise Conflict("This event does not wait for an account.", code="allocated", field="status")
        policy = Policy.objects.filter(policy_number=policy_number).first()
        if policy is None:
            raise NotFound("There is no policy with this number.", field="policy_number")
        payment = receive_payment(
            actor,
            policy.pk,
            amount=event.amount,
            method="bank_transfer",
            reference=event.reference,
            # Whoever is slow to find the policy does not make the payment late.
            received_at=min(event.said_at, timezone.now()),
            key=_key(event),
        )
        change(event, outcome=Outcome.BOOKED, payment=payment, why="")
    return event


def _claim(event: ProviderEvent) -> ProviderEvent | None:
    """Stores the event; gives the one that is there already instead."""
    try:
        with transaction.atomic():
            event.save(force_insert=True)
    except IntegrityError:
        before = ProviderEvent.objects.get(provider=event.provider, event_id=event.event_id)
        if before.body_digest != event.body_digest:
            raise Conflict("This event came with another body before.", code="event_reused", field="id") from None
        return before
    return None


def _book(event: ProviderEvent, told: Told) -> None:
    try:
        with transaction.atomic():
            policy_id, invoice_id = _addressed(told)
            payment = receive_payment(
                None,
                policy_id,
                amount=told.amount or ZERO,
                method=told.method,
                reference=told.reference,
                received_at=min(told.said_at, timezone.now()),
                invoice_id=invoice_id,
                key=_key(event),
            )
    except DomainError as refused:
        change(event, outcome=Outcome.UNALLOCATED, why=refused.message[:200])
    else:
        change(event, outcome=Outcome.BOOKED, payment=payment)


def _reverse(event: ProviderEvent, told: Told) -> None:
    """Of no concern is a payment that we never saw, and one that is reversed already. One that waits for a person waits no more."""
    payment = _payments(event).order_by(F("reversed_at").desc(nulls_first=True)).first()
    if payment is None:
        waiting = ProviderEvent.objects.select_for_update().filter(
            provider=event.provider, reference=event.reference, outcome=Outcome.UNALLOCATED, said_at__lte=event.said_at
        )
        for each in waiting:
            change(each, outcome=Outcome.IGNORED, why=f"It failed: {event}."[:200])
        change(event, why="It had not been allocated." if waiting else "No payment of this reference is known.")
    elif payment.reversed_at:
        change(event, why="The payment is reversed already.")
    else:
        reverse_payment(None, payment.pk, reason=f"Returned by the payment provider, {event}.")
        change(event, outcome=Outcome.BOOKED, payment=payment)


def _addressed(told: Told) -> tuple[UUID, UUID | None]:
    """The policy that the money is for, and the invoice that it names. Raises NotFound."""
    invoice = None
    if told.invoice_number:
        invoice = Invoice.objects.select_related("account").filter(invoice_number=told.invoice_number).first()
        if invoice is None:
            raise NotFound("There is no invoice with the number that it names.")
    if invoice and not told.policy_number:
        return invoice.account.policy_id, invoice.pk
    policy = Policy.objects.filter(policy_number=told.policy_number).first()
    if policy is None:
        raise NotFound("There is no policy with the number that it names.")
    return policy.pk, invoice.pk if invoice else None


def _key(event: ProviderEvent) -> str:
    """The payment's own. One that failed and went through when it was tried again is another payment under the same reference."""
    key = f"{event.provider}/{event.reference}"
    failed = ProviderEvent.objects.filter(
        provider=event.provider, reference=event.reference, kind=PAYMENT_FAILED, said_at__lt=event.said_at
    )
    if failed.exists() and Payment.objects.filter(key=key).exclude(reversed_at=None).exists():
        last = failed.order_by("-said_at", "-id").values_list("event_id", flat=True)[0]
        return f"{key}/{last}"[:KEY_LENGTH]
    return key


def _payments(event: ProviderEvent) -> QuerySet[Payment]:
    key = f"{event.provider}/{event.reference}"
    return Payment.objects.filter(Q(key=key) | Q(key__startswith=f"{key}/"), reference=event.reference)
