"""What billing does when a premium is booked, and lines for compliance when money moves."""

from policies.billing.events import EntryBooked, NoticeGiven
from policies.billing.services import book_premium
from policies.events import PremiumBooked
from vanguard.events import on
from vanguard.observability.compliance import record_event


@on(PremiumBooked)
def bill_premium(event: PremiumBooked) -> None:
    """Asked inside the booking's transaction: what is owed changes with the cover or not at all."""
    book_premium(event)


@on(EntryBooked)
def record_entry(event: EntryBooked) -> None:
    record_event(
        "billing_entry_booked",
        user_id=event.actor_id,
        policy_id=event.policy_id,
        entry_id=event.entry_id,
        kind=event.kind,
        amount=event.amount,
    )


@on(NoticeGiven)
def record_notice(event: NoticeGiven) -> None:
    record_event(
        "nonpayment_notice_given",
        policy_id=event.policy_id,
        invoice_number=event.invoice_number,
        amount=event.amount,
        lapses_at=event.lapses_at,
    )
