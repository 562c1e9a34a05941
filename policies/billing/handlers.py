"""What billing does when a premium is booked, and lines for compliance when money moves."""

from policies.billing.events import EntryBooked, NoticeGiven
from policies.billing.services import book_premium
from policies.events import PremiumBooked
from vanguard.events import on
from vanguard.observability.compliance import recorded_as


@on(PremiumBooked)
def bill_premium(event: PremiumBooked) -> None:
    """Asked inside the booking's transaction: what is owed changes with the cover or not at all."""
    book_premium(event)


on(EntryBooked)(recorded_as("billing_entry_booked"))
on(NoticeGiven)(recorded_as("nonpayment_notice_given"))
