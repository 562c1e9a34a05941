"""Legal holds: while one is on, nothing about the customer is erased, whoever asks and whatever is due."""

from uuid import UUID

from django.utils import timezone

from customers.models import Customer, LegalHold
from customers.services.family import family_of, keys_of
from customers.services.records import refuse_merged
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.observability.compliance import record_event
from vanguard.querysets import locked

LONGEST = 2000


def set_hold(actor: User | None, customer_id: UUID, *, reason: str) -> LegalHold:
    """Keep everything about this customer until the hold is lifted. Raises Invalid, NotAllowed; Conflict where one is on already."""
    require(actor, "customers.add_legalhold")
    with unit_of_work(actor):
        customer = locked(Customer.objects.all(), customer_id)
        refuse_merged(customer)
        if hold_on(customer):
            raise Conflict("A legal hold is on already.", code="on_hold")
        hold = LegalHold(customer=customer, reason=checked_reason(reason), set_by=actor)
        hold.save(force_insert=True)
    record_event("legal_hold_set", user_id=hold.set_by_id, customer_id=customer_id)
    return hold


def lift_hold(actor: User | None, customer_id: UUID, *, reason: str) -> LegalHold:
    """What waits for it can be erased again. Raises Invalid, NotAllowed; Conflict ("no_hold") where none is on."""
    require(actor, "customers.change_legalhold")
    with unit_of_work(actor):
        hold = hold_on(locked(Customer.objects.all(), customer_id))
        if hold is None:
            raise Conflict("No legal hold is on.", code="no_hold")
        hold.lifted_reason, hold.lifted_by, hold.lifted_at = checked_reason(reason), actor, timezone.now()
        hold.save(update_fields=["lifted_reason", "lifted_by", "lifted_at"])
    record_event("legal_hold_lifted", user_id=hold.lifted_by_id, customer_id=customer_id)
    return hold


def hold_on(customer: Customer) -> LegalHold | None:
    """The hold that is on for this person, on whichever of the person's records it was set."""
    return LegalHold.objects.filter(customer__in=keys_of(family_of(customer)), lifted_at=None).select_related("customer", "set_by").first()


def checked_reason(reason: str) -> str:
    """Raises Invalid for none, or one that is too long (the column is ciphertext and cannot say so)."""
    reason = reason.strip()
    if not reason:
        raise Invalid("Say why.", code="required", field="reason")
    if len(reason) > LONGEST:
        raise Invalid(f"The reason has at most {LONGEST:,} characters.", code="max_length", field="reason")
    return reason
