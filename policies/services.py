"""Every change to a policy. Each function is one transaction, asks for the permission, and refuses by a DomainError."""

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import ProtectedError
from django.utils import timezone

from customers.models import Customer
from policies.events import PolicyBooked, PolicyCancelled, PolicyCancelling, PolicyTermsChanging, PremiumBooked
from policies.models import Policy, PolicyTransition
from policies.rules import check_policy_terms
from vanguard import context
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import change, unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.events import consult, publish
from vanguard.money import ZERO
from vanguard.numbers import next_number
from vanguard.querysets import get_or_refuse, locked
from vanguard.validation import check, insert, refuse_fixed_fields

EDITABLE = ("policy_type", "premium_amount", "coverage_amount", "deductible_amount", "start_date", "end_date")
FIXED = ("status", "policy_number", "customer_id")


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
) -> Policy:
    """New business, in one step. Without a number it gets the next of its year.

    Raises Invalid; NotFound for an unknown customer; Conflict ("duplicate") for a number that is taken.
    """
    require(actor, "policies.add_policy")
    policy = Policy(
        policy_number=policy_number or "-",
        policy_type=policy_type,
        premium_amount=premium_amount,
        coverage_amount=coverage_amount,
        deductible_amount=deductible_amount,
        start_date=start_date,
        end_date=end_date,
    )
    check(policy, *check_policy_terms(start_date=start_date, end_date=end_date))
    if status != Policy.Status.ACTIVE:
        raise Invalid("A policy starts as active.", code="not_a_start", field="status")
    with unit_of_work(actor):
        policy.customer = get_or_refuse(Customer.objects.select_for_update(no_key=True), customer_id, field="customer_id")
        if not policy_number:
            policy.policy_number = next_number(
                "POL", timezone.now().year, lambda number: Policy.objects.filter(policy_number=number).exists()
            )
        insert(policy, unique="policy_number", message="Another policy has this number.")
        _record(policy, actor, "book", from_status="")
        consult(
            PremiumBooked(
                policy.id,
                version=1,
                kind="new_business",
                amount=policy.premium_amount,
                effective_at=policy.start_date,
                booked_at=policy.created_at,
                actor_id=actor.id if actor else None,
            )
        )
        publish(PolicyBooked(policy.id, policy.policy_number, policy.policy_type, policy.premium_amount, actor.id if actor else None))
    return policy


def update_policy(actor: User | None, policy_id: UUID, *, version: int | None, changes: Mapping[str, Any]) -> Policy:
    """Correct the terms in `changes`, and no others. Raises Conflict ("use_command") for status, number and owner.

    Raises Conflict "claims_outside" when a claim's loss would fall out of the period, and "claims_above" when more was approved
    on one than the new limit would pay.
    """
    require(actor, "policies.change_policy")
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        refuse_fixed_fields(policy, changes, FIXED)
        if policy.status == Policy.Status.CANCELLED:
            raise Conflict("The policy is cancelled; its terms stay as they were.", code="cancelled")
        before = {name: getattr(policy, name) for name in EDITABLE}
        for name in EDITABLE:
            setattr(policy, name, changes.get(name, before[name]))
        check(policy, *check_policy_terms(start_date=policy.start_date, end_date=policy.end_date))
        after = {name: getattr(policy, name) for name in EDITABLE}
        for name, value in before.items():
            setattr(policy, name, value)
        if values := {name: value for name, value in after.items() if value != before[name]}:
            consult(
                PolicyTermsChanging(
                    policy.id, after["start_date"], after["end_date"], max(after["coverage_amount"] - after["deductible_amount"], ZERO)
                )
            )
            change(policy, **values)
            _record(policy, actor, "change", from_status=policy.status, reason=", ".join(sorted(values)).replace("_", " "))
        return policy


def cancel_policy(
    actor: User | None,
    policy_id: UUID,
    *,
    reason: str = Policy.CancellationReason.INSURED_REQUEST,
    effective_at: datetime.datetime | None = None,
    version: int | None = None,
) -> Policy:
    """End the cover at `effective_at` (now, unless given), inside the period. Raises Conflict when it is not active,
    and ("claims_outside") when a claim was approved or paid for a loss after that moment.
    """
    require(actor, "policies.cancel_policy")
    if reason not in Policy.CancellationReason.values:
        raise Invalid(f"Reason is one of {', '.join(Policy.CancellationReason.values)}.", code="unknown", field="reason")
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        if policy.current_status != Policy.Status.ACTIVE:
            raise Conflict(
                f"The policy is {policy.current_status}; only an active one can be cancelled.", code="not_allowed_now", field="status"
            )
        moment = policy.start_date if reason == Policy.CancellationReason.FLAT else effective_at or max(timezone.now(), policy.start_date)
        if not policy.start_date <= moment < policy.end_date:
            raise Conflict("The cancellation takes effect within the policy's period.", code="outside_period", field="effective_date")
        consult(PolicyCancelling(policy.id, moment))
        change(policy, status=Policy.Status.CANCELLED, cancelled_at=moment, cancellation_reason=reason)
        _record(policy, actor, "cancel", from_status=Policy.Status.ACTIVE, reason=policy.get_cancellation_reason_display())
        publish(PolicyCancelled(policy.id, policy.policy_number, reason, actor.id if actor else None))
        return policy


def delete_policy(actor: User | None, policy_id: UUID, *, version: int | None) -> None:
    """Only before it has claims. Raises Conflict ("in_use")."""
    require(actor, "policies.delete_policy")
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        try:
            policy.delete()
        except ProtectedError:
            raise Conflict("The policy has claims and cannot be deleted.", code="in_use") from None


def _record(policy: Policy, actor: User | None, command: str, *, from_status: str, reason: str = "") -> None:
    PolicyTransition.objects.create(
        policy=policy,
        actor=actor,
        command=command,
        from_status=from_status,
        to_status=policy.status,
        reason=reason,
        correlation_id=context.correlation_id.get(),
    )
