"""What claims have cost and will cost, as today's records can say it. When there is a ledger of reserves, it takes this module's place.

Incurred is what was paid plus what is outstanding, less nothing: recoveries are not recorded yet. Outstanding is

- before the decision the claimed amount under the policy's terms: min(claimed, limit) − deductible, not below nought,
- after the approval what was approved and is not paid yet; after a denial, and once the file is closed, nothing.

So a claim's incurred moves at three moments: its report, its decision, its closing. These are read from the claim itself: of a claim
that was reopened the last decision counts, an earlier one is not seen any more.
"""

from datetime import datetime
from decimal import Decimal

from django.db.models import Case, DecimalField, Expression, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce, Greatest, Least

from claims.models import Claim
from claims.reports.known import known_claims
from claims.reports.sources import Source

MONEY: DecimalField = DecimalField(max_digits=15, decimal_places=2)
NOTHING = Value(Decimal(0), output_field=MONEY)


def estimate() -> Expression:
    """Before the decision. The terms are the policy's own as they stand now."""
    payable = Least(F("claim_amount"), F("policy__coverage_amount")) - F("policy__deductible_amount")
    return Greatest(payable, NOTHING, output_field=MONEY)


def incurred_at(until: datetime) -> Expression:
    """Of each claim that was known at `until`: its incurred amount then."""
    return Case(
        When(closed_at__lt=until, then=F("paid_amount")),
        When(processed_date__lt=until, then=Coalesce("approved_amount", NOTHING)),
        default=estimate(),
        output_field=MONEY,
    )


def movements(until: datetime, policy_type: str = "") -> list[Source]:
    """By how much incurred moved, and when: what lies before `until` adds up to `incurred_at(until)`."""
    known = known_claims(until, policy_type)
    decided, closed = known.filter(processed_date__lt=until), known.filter(closed_at__lt=until)
    approved = Coalesce("approved_amount", NOTHING)
    return [
        Source(known, "", "reported_date", Sum(estimate())),
        Source(decided, "", "processed_date", Sum(approved - estimate(), output_field=MONEY)),
        Source(closed, "", "closed_at", Sum(F("paid_amount") - approved, output_field=MONEY)),
    ]


def with_a_cost(until: datetime, policy_type: str = "") -> QuerySet[Claim]:
    """The claims known at `until` on which something was incurred."""
    return known_claims(until, policy_type).annotate(cost=incurred_at(until)).filter(Q(cost__gt=0))
