"""The facts of a claim that the indicators look at, read from the book as it stands, by a bounded number of queries, of many claims at once
a fixed one. Nothing is decrypted.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone

from claims.fraud.claimed import MOST, Claimed, claims_of, other_claims
from claims.fraud.indicators import Assessment, Facts, assess, valid_rules
from claims.fraud.models import FraudRule
from claims.models import AuthorityLimit, Claim, ClaimPayment, CostType
from customers.models import Customer
from policies.models import Policy
from policies.reading import cover_at, promise_for
from vanguard.errors import NotFound
from vanguard.money import ZERO

# So many claimants are looked up one by one, in up to four queries each; more of them in six for all.
FEW = 2
_TERM = ("customer", "policy_type", "start_date", "end_date", "cancelled_at", "lapses_at")


def facts_of(claim: Claim) -> Facts:
    """Reads the customer's policies and losses, the digests of phone and accounts, and the limits of authority."""
    policy = claim.policy
    made = claims_of(policy.customer_id)
    losses = Claim.objects.filter(made).exclude(pk=claim.pk).order_by("-incident_date")
    return Facts(
        amount=claim.claim_amount,
        incident=claim.incident_date,
        reported=claim.reported_date,
        inception=_inception(policy),
        ended=_ended(policy),
        earlier_losses=tuple(losses.filter(incident_date__lte=claim.incident_date).values_list("incident_date", flat=True)[:MOST]),
        phones=_others_with_the_phone(policy.customer),
        accounts=_others_with_an_account(policy.customer_id, {each.account_digest for each in claim.payments.all() if _tells(each)}),
        limit=_limit(claim),
        authorities=tuple(_authorities(claim.claim_type)),
        claimants=_of_claimants(claim),
    )


def _of_claimants(claim: Claim) -> tuple[tuple[datetime.datetime, ...], ...]:
    """Of each claimant who is not the insured the other losses on which they claim; of many read at once."""
    others = [each for each in claim.claimants.all() if each.customer_id != claim.policy.customer_id]
    if len(others) > FEW:
        return Claimed([claim], as_of_report=False).by_claimants(claim)
    return tuple(other_claims(claim, each) for each in others)


def facts_of_many(claims: Sequence[Claim]) -> dict[UUID, Facts]:
    """By claim, the same of many at once, each as of its report: of other losses those that were reported by then.

    A fixed number of queries, and of a policy that was endorsed one more. Limits of authority are left to who asks. Who claims is who
    was ever named: most are named some days after the report.
    """
    customers = {claim.policy.customer_id: claim.policy.customer for claim in claims}
    claimed, terms = Claimed(claims), defaultdict(list)
    for policy in Policy.objects.filter(customer__in=customers).order_by("-start_date").only(*_TERM):
        terms[policy.customer_id, policy.policy_type].append(policy)
    phones = _customers_by_phone({customer.phone_hash for customer in customers.values()} - {""})
    accounts = _others_by_claim(claims)
    found = {}
    for claim in claims:
        policy = claim.policy
        found[claim.pk] = Facts(
            amount=claim.claim_amount,
            incident=claim.incident_date,
            reported=claim.reported_date,
            inception=_began(
                policy, [each for each in terms[policy.customer_id, policy.policy_type] if each.start_date < policy.start_date]
            ),
            ended=_ended(policy),
            earlier_losses=claimed.by_customer(claim, policy.customer_id),
            phones=max(phones.get(policy.customer.phone_hash, 0) - 1, 0),
            accounts=accounts[claim.pk],
            limit=policy.coverage_amount if policy.booked_versions == 1 and not policy.covers else _limit(claim),
            authorities=(),
            claimants=claimed.by_claimants(claim),
        )
    return found


def _customers_by_phone(digests: set[str]) -> dict[str, int]:
    # The index leaves out who has no phone; that none of so many digests is empty, PostgreSQL does not find out by itself.
    rows = Customer.objects.filter(phone_hash__in=digests, merged_into=None).exclude(phone_hash="").order_by()
    return dict(rows.values_list("phone_hash").annotate(Count("pk")))


def _tells(payment: ClaimPayment) -> bool:
    """Costs of adjusting go to one and the same surveyor for many claims: only what is paid for losses tells something."""
    return payment.account_digest is not None and payment.cost_type == CostType.INDEMNITY


def _to_accounts() -> QuerySet[ClaimPayment]:
    return ClaimPayment.objects.filter(cost_type=CostType.INDEMNITY, account_digest__isnull=False).order_by()


def _others_with_an_account(customer: UUID, accounts: set[str | None]) -> int:
    if not accounts:
        return 0
    found = _to_accounts().filter(account_digest__in=accounts).exclude(claim__policy__customer=customer)
    return found.values("claim__policy__customer").distinct()[:MOST].count()


def _others_by_claim(claims: Sequence[Claim]) -> dict[UUID, int]:
    """By claim, the same number of all. Two queries, the second one only where an account was named."""
    named, owners = defaultdict(set), defaultdict(set)
    for claim, account in _to_accounts().filter(claim__in=claims).values_list("claim", "account_digest"):
        named[claim].add(account)
    everywhere = set().union(*named.values())
    rows = _to_accounts().filter(account_digest__in=everywhere).values_list("account_digest", "claim__policy__customer").distinct()
    for account, customer in rows if everywhere else ():
        owners[account].add(customer)
    return {each.pk: len(set().union(*(owners[a] for a in named[each.pk])) - {each.policy.customer_id}) for each in claims}


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
    return _began(policy, rows.order_by("-start_date").only(*_TERM))


def _began(policy: Policy, before: Iterable[Policy]) -> datetime.datetime:
    """`before` are the terms that started earlier, the latest first."""
    began = policy.start_date
    for earlier in before:
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
