"""Erasing a customer's personal data: the key is destroyed, what stands elsewhere is taken away, and the books stay as they are.

Asked for by a person, done at once or when it is due. See docs/decisions/0110.
"""

import calendar
import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from customers.events import CustomerErased, CustomerErasing, ErasureStanding
from customers.models import ContactEntry, Customer, CustomerExport, CustomerMerge, DataKey, Erasure, LegalHold, Reveal
from customers.services import ledger
from customers.services.family import family_of, keys_of
from customers.services.holds import checked_reason, hold_on
from customers.services.records import refuse_merged
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.services import erase_user
from vanguard.audit import change, unit_of_work
from vanguard.encryption import keys
from vanguard.encryption.owned import Sealed, keyring
from vanguard.errors import Conflict, DomainError, Invalid
from vanguard.events import consult, publish
from vanguard.observability.compliance import record_event
from vanguard.querysets import locked

ERASED = "Erased"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the data can be erased now; if not, what for it waits, and until when where that is known."""

    due_at: datetime.datetime | None
    waits_for: str

    @property
    def is_due(self) -> bool:
        return self.due_at is not None and self.due_at <= timezone.now()


def standing_of(customer: Customer) -> Standing:
    """What the rooms say: nothing that runs, and the retention since the last of it has ended."""
    asked = ErasureStanding(keys_of(family_of(customer)))
    consult(asked)
    if asked.runs:
        return Standing(None, f"{', '.join(sorted(asked.runs))}: it waits until that is closed")
    years = settings.RETENTION_YEARS
    if not asked.ended:
        return Standing(timezone.now(), "")
    return Standing(years_after(max(asked.ended), years), f"{years} years after the last policy or claim has ended")


def request_erasure(actor: User | None, customer_id: UUID, *, reason: str, confirm_email: str, version: int | None = None) -> Erasure:
    """Erase the customer's personal data now, or note it for the day when it may be. Returns the request.

    `confirm_email` is the customer's address, typed again. Raises Invalid ("unconfirmed"), NotAllowed; Conflict "on_hold", "merged",
    "erased", and "waits_already".
    """
    require(actor, "customers.erase_customer")
    with unit_of_work(actor):
        customer = locked(Customer.objects.all(), customer_id, version)
        refuse_merged(customer)
        if confirm_email.strip().casefold() != customer.email.casefold():
            raise Invalid("Type the customer's e-mail address, to confirm whom it is about.", code="unconfirmed", field="confirm_email")
        if hold_on(customer):
            raise Conflict("A legal hold is on: nothing about this customer is erased until it is lifted.", code="on_hold")
        if Erasure.objects.filter(customer=customer, done_at=None).exists():
            raise Conflict("It has been asked for already, and waits.", code="waits_already")
        standing = standing_of(customer)
        erasure = Erasure(customer=customer, reason=checked_reason(reason), asked_by=actor, due_at=standing.due_at)
        erasure.waits_for = "" if standing.is_due else standing.waits_for
        erasure.save(force_insert=True)
        if standing.is_due:
            _erase(customer, erasure, actor)
    done = erasure.done_at is not None
    record_event("erasure_requested", user_id=erasure.asked_by_id, customer_id=customer_id, due=str(erasure.due_at), done=done)
    return erasure


def erase_due() -> int:
    """Does what is due and not held; looks anew at what waits. May run twice, or on two machines. Returns how many were erased."""
    waiting = Erasure.objects.filter(done_at=None).order_by("asked_at").values_list("pk", "customer_id")
    return sum(_take_up(pk, customer_id) for pk, customer_id in waiting)


def erase_again(customer_ids: Iterable[UUID]) -> int:
    """After a restore: whoever was erased before is erased again, without asking. Returns how many were there."""
    done = 0
    for customer_id in customer_ids:
        with unit_of_work(None):
            customer = Customer.objects.select_for_update().filter(pk=customer_id).first()
            if customer is not None and (customer.erased_at is None or DataKey.objects.filter(pk=customer_id).exists()):
                _erase(customer, Erasure.objects.filter(customer=customer, done_at=None).first(), None)
                done += 1
    return done


def _take_up(pk: UUID, customer_id: UUID) -> bool:
    try:
        with unit_of_work(None):
            record = locked(Customer.objects.all(), customer_id)
            customer = locked(Customer.objects.all(), record.surviving().pk)
            erasure = Erasure.objects.select_for_update().filter(pk=pk, done_at=None).first()
            if erasure is None or hold_on(customer):
                return False
            standing = standing_of(customer)
            if standing.is_due:
                _erase(customer, erasure, erasure.asked_by)
                return True
            waits = {"due_at": standing.due_at, "waits_for": standing.waits_for}
            if any(getattr(erasure, name) != value for name, value in waits.items()):
                Erasure.objects.filter(pk=pk).update(**waits)
            return False
    except DomainError:
        return False  # somebody else was at it: it is taken up the next time


def _erase(customer: Customer, erasure: Erasure | None, actor: User | None) -> None:
    """Everything in the open transaction; the files last, because they do not come back with it."""
    family = family_of(customer)
    asked = CustomerErasing(keys_of(family), actor)
    consult(asked)
    for record in family:
        _redact(record)
    ids = [record.pk for record in family]
    _empty_words(ids)
    DataKey.objects.filter(pk__in=ids).delete()
    now = timezone.now()
    if erasure is None:
        erasure = Erasure(customer=customer, asked_by=actor, due_at=now)
        erasure.__dict__["reason"] = sealed("")  # there may be no key any more to write it under
        erasure.save(force_insert=True)
    erasure.done_at, erasure.waits_for = now, ""
    Erasure.objects.filter(customer__in=ids, done_at=None).update(done_at=now, waits_for="")
    for storage, name in asked.files:
        if name:
            storage.delete(name)
    for record in family:
        keyring.forget(record.pk)
        publish(CustomerErased(record.pk, actor.pk if actor else None))
    ledger.write_after_commit(ids)


def _redact(record: Customer) -> None:
    """The key may be gone already (after a restore): nothing is opened here."""
    user = record.user
    for name in Customer.PERSONAL:
        setattr(record, name, None)
    change(
        record,
        email=f"erased-{record.pk}@erased.invalid",
        first_name=ERASED,
        last_name=f"{record.pk.hex[-8:]}",
        phone=sealed(""),
        date_of_birth=None,
        ssn=sealed(""),
        address=sealed(""),
        ssn_hash="",
        identity_hash="",
        phone_hash="",
        user=None,
        erased_at=record.erased_at or timezone.now(),
    )
    if user is not None:
        erase_user(user)


def sealed(text: str) -> Sealed:
    """Nothing personal, so under the platform's key: the owner's is gone."""
    return Sealed(keys.encrypt(text.encode()))


def _empty_words(ids: list[UUID]) -> None:
    """What people wrote is unreadable with the key; it is emptied, so that pages can still be shown."""
    nothing = sealed("")
    ContactEntry.objects.filter(customer__in=ids).update(text=nothing)
    CustomerMerge.objects.filter(kept__in=ids).update(reason=nothing, replaced=sealed("{}"))
    LegalHold.objects.filter(customer__in=ids).update(reason=nothing, lifted_reason=nothing)
    for model in (Reveal, Erasure, CustomerExport):
        model._default_manager.filter(customer__in=ids).update(reason=nothing)


def years_after(moment: datetime.datetime, years: int) -> datetime.datetime:
    """The same day of the year, or the last of February."""
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, moment.month)[1])
    return moment.replace(year=year, day=day)
