"""Booking: the one place that writes entries. Whoever comes here holds the claim's lock."""

import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from claims.events import ClaimReserved
from claims.models import Claim, ClaimPayment, CostType, EntryKind, LedgerEntry
from claims.rules import refuse_parties, require_open
from claims.services.moving import claim_for, required_reason, tell
from policies.reading import coverages_of, promise_for
from vanguard import context
from vanguard.accounts.models import User
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.money import CENT, ZERO, dollars
from vanguard.validation import check


def set_reserve(
    actor: User | None,
    claim_id: UUID,
    *,
    amount: Decimal,
    reason: str,
    cost_type: str = CostType.INDEMNITY,
    coverage: str | None = None,
    version: int | None = None,
) -> Claim:
    """From now on `amount` is outstanding for the coverage (the one that answers the loss, unless named) and type of cost.

    The difference is booked, and the claim's version goes up: who sets it from an older page is shown this first. Raises Invalid;
    Conflict for a closed file ("not_allowed_now") and for an amount that is set already ("no_change").
    """
    why, amount = required_reason(reason), checked_amount(amount)
    checked_cost(cost_type)
    with unit_of_work(actor):
        claim = claim_for(actor, "claims.reserve_claim", claim_id, version)
        refuse_parties(actor, claim)
        require_open(claim)
        line = coverage_of(claim, coverage)
        held = outstanding_of(claim, line, cost_type)
        if held == amount:
            raise Conflict(f"{dollars(amount)} is set aside already.", code="no_change", field="amount")
        post(claim, actor, EntryKind.RESERVE, line, cost_type, outstanding=amount - held, reason=why)
        change(claim)
        tell(ClaimReserved, claim, actor, amount)
    return claim


def release_reserves(claim: Claim, actor: User | None, reason: str) -> None:
    """Nothing stays outstanding: an entry for each line that has something set aside."""
    for (coverage, cost_type), balance in claim.entries.all().lines().items():
        if balance.outstanding:
            post(claim, actor, EntryKind.RESERVE, coverage, cost_type, outstanding=-balance.outstanding, reason=reason)


def book_payment(claim: Claim, actor: User | None, payment: ClaimPayment) -> LedgerEntry:
    """The money has left us: paid goes up, and what was set aside for it goes down, as far as it reaches."""
    held = outstanding_of(claim, payment.coverage, payment.cost_type)
    eroded = min(held, payment.amount)
    return post(
        claim, actor, EntryKind.PAYMENT, payment.coverage, payment.cost_type,
        outstanding=-eroded, paid=payment.amount, payment=payment, effective_at=payment.paid_at,
    )  # fmt: skip


def book_reversal(claim: Claim, actor: User | None, payment: ClaimPayment, reversal: ClaimPayment, reason: str) -> LedgerEntry:
    """The money came back: the reserve gets back what it had lost, unless the file is closed or somebody has set it since."""
    entry = payment.entry
    line = claim.entries.filter(coverage=payment.coverage, cost_type=payment.cost_type)
    set_since = line.filter(kind=EntryKind.RESERVE, booked_at__gt=entry.booked_at).exists()
    again = -entry.outstanding if claim.is_open and not set_since else ZERO
    return post(
        claim, actor, EntryKind.PAYMENT_REVERSAL, payment.coverage, payment.cost_type,
        outstanding=again, paid=-payment.amount, payment=reversal, refers_to=entry, effective_at=reversal.paid_at, reason=reason,
    )  # fmt: skip


def coverage_of(claim: Claim, named: str | None) -> str:
    """The code of the coverage that is named, or that answers the loss. Raises Invalid for one that the policy's product has not."""
    if named and named not in coverages_of(claim.policy):
        raise Invalid("The policy has no such coverage.", code="choice", field="coverage")
    return named or promise_for(claim.policy, claim.claim_type).code


def outstanding_of(claim: Claim, coverage: str, cost_type: str) -> Decimal:
    """What is set aside on one line and not used up."""
    return claim.entries.filter(coverage=coverage, cost_type=cost_type).balance().outstanding


def post(
    claim: Claim,
    actor: User | None,
    kind: EntryKind,
    coverage: str,
    cost_type: str,
    *,
    outstanding: Decimal = ZERO,
    paid: Decimal = ZERO,
    recovered: Decimal = ZERO,
    payment: ClaimPayment | None = None,
    refers_to: LedgerEntry | None = None,
    source: str = "",
    effective_at: datetime.datetime | None = None,
    reason: str = "",
) -> LedgerEntry:
    """Add one entry."""
    now = timezone.now()
    entry = LedgerEntry(
        claim=claim,
        kind=kind,
        coverage=coverage,
        cost_type=cost_type,
        outstanding=outstanding,
        paid=paid,
        recovered=recovered,
        payment=payment,
        refers_to=refers_to,
        source=source,
        effective_at=effective_at or now,
        booked_at=now,
        actor=actor,
        reason=reason,
        correlation_id=context.correlation_id.get(),
    )
    check(entry)
    entry.save(force_insert=True)
    return entry


def checked_amount(amount: Decimal, *, above_nought: bool = False) -> Decimal:
    """An amount that somebody typed, in whole cents. Raises Invalid."""
    if not amount.is_finite() or amount < ZERO or amount != amount.quantize(CENT):
        raise Invalid("Amount is 0.00 or more, with at most two decimals.", code="invalid", field="amount")
    if above_nought and not amount:
        raise Invalid("Enter more than 0.00.", code="not_positive", field="amount")
    return amount.quantize(CENT)


def checked_cost(cost_type: str) -> None:
    """Raises Invalid for an unknown type of cost."""
    if cost_type not in CostType.values:
        raise Invalid("The type of cost is indemnity or expense.", code="choice", field="cost_type")
