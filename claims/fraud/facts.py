"""The facts of a claim that the indicators look at, read from the book as it stands: a fixed number of queries, nothing decrypted."""

import datetime
from decimal import Decimal

from django.utils import timezone

from claims.fraud.indicators import Assessment, Facts, assess, valid_rules
from claims.fraud.models import FraudRule
from claims.models import AuthorityLimit, Claim, CostType
from customers.models import Customer
from policies.models import Policy
from policies.reading import cover_at, promise_for
from vanguard.errors import NotFound
from vanguard.money import ZERO

# Losses of one customer that are looked back at; nobody needs more to be noticed.
MOST = 100


def facts_of(claim: Claim) -> Facts:
    """Reads the customer's policies and losses, the phone's digest and the limits of authority."""
    policy = claim.policy
    losses = Claim.objects.filter(policy__customer=policy.customer_id).exclude(pk=claim.pk).order_by("-incident_date")
    return Facts(
        amount=claim.claim_amount,
        incident=claim.incident_date,
        reported=claim.reported_date,
        inception=_inception(policy),
        ended=_ended(policy),
        earlier_losses=tuple(losses.filter(incident_date__lte=claim.incident_date).values_list("incident_date", flat=True)[:MOST]),
        phones=_others_with_the_phone(policy.customer),
        limit=_limit(claim),
        authorities=tuple(_authorities(claim.claim_type)),
    )


def assessment_of(claim: Claim, at: datetime.datetime | None = None) -> Assessment:
    """The indicators of the claim by the rules that are valid at that moment; now, unless given."""
    return assess(facts_of(claim), valid_rules(FraudRule.objects.all(), at or timezone.now()))


def _ended(policy: Policy) -> datetime.datetime | None:
    """When the cover ended before its term did, by a cancellation or by a grace that ran out unpaid, booked or not; None if it did not."""
    ended = min(policy.cancelled_at or policy.end_date, policy.lapsed_from())
    return ended if ended < policy.end_date else None


def _inception(policy: Policy) -> datetime.datetime:
    """A renewal begins where the term before it ends: of an unbroken chain of terms of one kind the first start counts."""
    rows = Policy.objects.filter(customer=policy.customer_id, policy_type=policy.policy_type, start_date__lt=policy.start_date)
    began = policy.start_date
    for earlier in rows.order_by("-start_date").only("start_date", "end_date", "cancelled_at", "lapses_at"):
        if (_ended(earlier) or earlier.end_date) < began:
            break
        began = earlier.start_date
    return began


def _others_with_the_phone(customer: Customer) -> int:
    if not customer.phone_hash:
        return 0
    others = Customer.objects.filter(phone_hash=customer.phone_hash, merged_into=None).exclude(pk=customer.pk)
    return others.order_by().values("pk")[:MOST].count()


def _limit(claim: Claim) -> Decimal:
    try:
        cover = cover_at(claim.policy, claim.incident_date)
        return cover.answering(promise_for(claim.policy, claim.claim_type).code).limit if cover.covers else cover.limit
    except NotFound:
        return ZERO


def _authorities(claim_type: str) -> set[Decimal]:
    rows = AuthorityLimit.objects.filter(cost_type=CostType.INDEMNITY, claim_type__in=["", claim_type])
    return set(rows.values_list("amount", flat=True))
