"""New business: the policy and its first version, in one step."""

import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from customers.models import Customer
from customers.services import refuse_merged
from policies.events import PolicyBooked
from policies.models import Policy
from policies.models.values import stored_covers
from policies.products.models import ProductVersion
from policies.products.pinning import version_for
from policies.rules import check_policy_terms
from policies.services.as_sold import OWN, check_deductible, check_term_sold, refuse
from policies.services.booking import book_first, record
from policies.terms import Kind, OwnCovers
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Invalid
from vanguard.events import publish
from vanguard.money import ZERO
from vanguard.numbers import next_number
from vanguard.querysets import get_or_refuse
from vanguard.validation import check, insert


def book_policy(
    actor: User | None,
    *,
    customer_id: UUID,
    policy_type: str,
    premium_amount: Decimal,
    coverage_amount: Decimal,
    start_date: datetime.datetime,
    end_date: datetime.datetime,
    policy_number: str | None = None,
    status: str = Policy.Status.ACTIVE,
    deductible_amount: Decimal = ZERO,
    product_version: ProductVersion | None = None,
    covers: OwnCovers | None = None,
    time_zone: str | None = None,
    as_sold: bool = False,
) -> Policy:
    """New business, in one step. Without a number it gets the next of its year; without a product version it pins the one of its
    type that is valid at its start, where there is one; without a zone it is in the platform's, by whose clock a day alone begins.
    The version's limits bind quotes, not what is booked here. `covers` are the figures of coverages other than the principal
    one, as a quote was priced on them; without them all go by the policy's. `as_sold`, which a person at the desk books by: the term
    is no longer than its product sells.

    Raises Invalid; NotFound for an unknown customer; Conflict ("duplicate") for a number that is taken, and "merged".
    """
    require(actor, "policies.add_policy")
    policy = Policy(
        policy_number=policy_number or "-",
        policy_type=policy_type,
        premium_amount=premium_amount,
        coverage_amount=coverage_amount,
        deductible_amount=deductible_amount,
        covers=stored_covers(covers or {}),
        start_date=start_date,
        end_date=end_date,
        time_zone=time_zone or "",
    )
    _check_as_told(policy, status)
    with unit_of_work(actor):
        policy.customer = get_or_refuse(Customer.objects.select_for_update(no_key=True), customer_id, field="customer_id")
        refuse_merged(policy.customer, field="customer_id")
        policy.product_version = product_version or version_for(policy_type, start_date)
        if as_sold:
            refuse(check_term_sold(policy.product_version, start_date, end_date))
        if not policy_number:
            policy.policy_number = next_policy_number()
        begin(policy, Kind.NEW_BUSINESS, actor, "book")
    return policy


def _check_as_told(policy: Policy, status: str) -> None:
    """What can be said of it before anything is asked for. Raises Invalid."""
    check(
        policy,
        *check_policy_terms(start_date=policy.start_date, end_date=policy.end_date),
        *check_deductible(policy.coverage_amount, policy.deductible_amount, dict.fromkeys(OWN)),
    )
    if status != Policy.Status.ACTIVE:
        raise Invalid("A policy starts as active.", code="not_a_start", field="status")


def next_policy_number() -> str:
    """The next of the year's series that nobody has."""
    return next_number("POL", timezone.now().year, lambda number: Policy.objects.filter(policy_number=number).exists())


def begin(policy: Policy, kind: Kind, actor: User | None, command: str) -> None:
    """Insert a policy that is complete, with its first version and history row, and tell of it. Raises Conflict ("duplicate")."""
    insert(policy, unique="policy_number", message="Another policy has this number.")
    book_first(policy, kind, actor)
    record(policy, actor, command, from_status="")
    publish(PolicyBooked(policy.id, policy.policy_number, policy.policy_type, policy.premium_amount, actor.id if actor else None))
