"""Money that comes back: salvage, subrogation, a deductible. Entries of their own, never negative payments."""

from decimal import Decimal
from uuid import UUID

from claims.events import ClaimChanged, ClaimRecovered
from claims.models import Claim, CostType, EntryKind, LedgerEntry, RecoverySource
from claims.rules import refuse_parties
from claims.services.ledger import checked_amount, checked_cost, coverage_of, post
from claims.services.moving import required_reason, tell
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.money import dollars
from vanguard.querysets import get_or_refuse, locked


def record_recovery(
    actor: User | None,
    claim_id: UUID,
    *,
    amount: Decimal,
    source: str,
    reason: str = "",
    cost_type: str = CostType.INDEMNITY,
    coverage: str | None = None,
    version: int | None = None,
) -> Claim:
    """Book money that came in, on an open or a closed file, for the coverage that answers the loss unless another is named.

    Raises Invalid; Conflict ("over_paid") for more than was paid.
    """
    require(actor, "claims.recover_claim")
    amount = checked_amount(amount, above_nought=True)
    checked_cost(cost_type)
    if source not in RecoverySource.values:
        raise Invalid("A recovery is salvage, subrogation or deductible.", code="choice", field="source")
    with unit_of_work(actor):
        claim = locked(Claim.objects.all(), claim_id, version)
        refuse_parties(actor, claim)
        balance = claim.entries.all().balance()
        if amount > (left := balance.paid - balance.recovered):
            raise Conflict(f"Of what was paid {dollars(left)} has not come back yet.", code="over_paid", field="amount")
        line = coverage_of(claim, coverage)
        post(claim, actor, EntryKind.RECOVERY, line, cost_type, recovered=amount, source=source, reason=reason.strip())
        change(claim)  # pages and keys of before are stale now: the same money is not booked twice
        tell(ClaimRecovered, claim, actor, amount)
    return claim


def reverse_recovery(actor: User | None, entry_id: UUID, *, reason: str, version: int | None = None) -> Claim:
    """What was booked by mistake, or bounced, is reversed by an entry. Raises Conflict ("reversed") for a second time."""
    require(actor, "claims.recover_claim")
    why = required_reason(reason)
    with unit_of_work(actor):
        entry = get_or_refuse(LedgerEntry.objects.filter(kind=EntryKind.RECOVERY), entry_id)
        claim = locked(Claim.objects.all(), entry.claim_id, version)
        refuse_parties(actor, claim)
        if LedgerEntry.objects.filter(refers_to=entry).exists():
            raise Conflict("This recovery was reversed before.", code="reversed", field="entry_id")
        post(
            claim, actor, EntryKind.RECOVERY_REVERSAL, entry.coverage, entry.cost_type,
            recovered=-entry.recovered, source=entry.source, refers_to=entry, reason=why,
        )  # fmt: skip
        change(claim)
        tell(ClaimChanged, claim, actor, entry.recovered)
    return claim
