"""The contact history: what was said and written between the company and a customer."""

import datetime
from uuid import UUID

from django.utils import timezone

from customers.models import ContactEntry, Customer
from customers.services.records import refuse_merged
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Invalid
from vanguard.querysets import get_or_refuse
from vanguard.validation import check

LONGEST = 10_000
EARLIEST = datetime.datetime(1900, 1, 1, tzinfo=datetime.UTC)


def record_contact(
    actor: User | None, customer_id: UUID, *, channel: str, direction: str, text: str, happened_at: datetime.datetime | None = None
) -> ContactEntry:
    """Write down a contact with the customer; it happened now, unless said otherwise. It cannot be changed later.

    Raises Invalid for an empty text, or a time to come; Conflict ("merged") for a record that leads to another.
    """
    require(actor, "customers.add_contactentry")
    now = timezone.now()
    entry = ContactEntry(author=actor, channel=channel, direction=direction, text=text, happened_at=happened_at or now)
    check(entry)
    if not entry.text:
        raise Invalid("Write what it was about.", code="required", field="text")
    if len(entry.text) > LONGEST:  # the column is ciphertext and cannot say so
        raise Invalid(f"The text has at most {LONGEST:,} characters.", code="max_length", field="text")
    if not EARLIEST <= entry.happened_at <= now:
        raise Invalid("A contact is written down after it took place.", code="out_of_range", field="happened_at")
    with unit_of_work(actor):
        entry.customer = get_or_refuse(Customer.objects.select_for_update(no_key=True), customer_id)
        refuse_merged(entry.customer)
        entry.save(force_insert=True)
    return entry
