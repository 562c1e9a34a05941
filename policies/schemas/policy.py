"""Policies as the API takes and gives them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from customers.models import Customer, first_or_last_name
from policies.models import Policy, PolicyQuerySet, status_at
from policies.schemas.covers import CoversOut, shown_covers
from policies.schemas.words import CancellationReason, Kind, Number, Reason, Status, Zone
from vanguard.http.fields import Money, UtcDateTime
from vanguard.http.paging import ListParams
from vanguard.http.schema import NOT_SENT, Amount, In, Maybe, Out
from vanguard.http.searching import Way


class PolicyIn(In):
    """A new policy. Without a number it gets the next of its year; without a time zone (such as America/Los_Angeles) it is in UTC."""

    customer_id: UUID
    policy_type: Kind
    premium_amount: Annotated[Decimal, Money(10)]
    coverage_amount: Annotated[Decimal, Money(15)]
    deductible_amount: Annotated[Decimal, Money(15)] = Decimal(0)
    start_date: UtcDateTime
    end_date: UtcDateTime
    policy_number: Number | None = None
    status: Status = "active"
    time_zone: Zone | None = None


class PolicyPut(In):
    """All terms. Status, number and owner may be sent as they are; commands change them.

    `noKnownLoss` is the insured's statement, which is needed where more of a known loss would be covered, and where a term that was sold
    at a product's rates would begin earlier, in the past. The policy then stays as it is until another person approves.
    """

    only_when_sent: ClassVar[frozenset[str]] = frozenset({"deductible_amount", "status", "policy_number", "customer_id", "no_known_loss"})

    policy_type: Kind
    premium_amount: Annotated[Decimal, Money(10)]
    coverage_amount: Annotated[Decimal, Money(15)]
    deductible_amount: Annotated[Decimal, Money(15)] = NOT_SENT
    start_date: UtcDateTime
    end_date: UtcDateTime
    status: Status = NOT_SENT
    policy_number: Number = NOT_SENT
    customer_id: UUID = NOT_SENT
    no_known_loss: Reason = NOT_SENT


class PolicyPatch(PolicyPut):
    """Only the terms that are sent change."""

    policy_type: Kind = NOT_SENT
    premium_amount: Annotated[Decimal, Money(10)] = NOT_SENT
    coverage_amount: Annotated[Decimal, Money(15)] = NOT_SENT
    start_date: UtcDateTime = NOT_SENT
    end_date: UtcDateTime = NOT_SENT


class PolicyOut(Out):
    """`covers` are the coverages that have a limit and a deductible of their own; the principal one and all others go by the policy's.

    `lapsesAt` is when cover ends unless the premium that notice was given of is paid. Once it is past, the status is cancelled, and
    `cancelledAt` follows with the booking. Of a renewal it is also when the term before it lapses: then nothing of it is covered.
    """

    derived: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "status": lambda policy: status_at(policy.status, policy.end_date, timezone.now(), policy.lapses_at),
        "covers": lambda policy: shown_covers(policy.covers),
    }

    id: UUID
    policy_number: str
    customer_id: UUID
    policy_type: str
    premium_amount: Amount
    coverage_amount: Amount
    deductible_amount: Amount
    covers: Maybe[CoversOut] = None
    start_date: datetime
    end_date: datetime
    status: Status
    cancelled_at: Maybe[datetime] = None
    cancellation_reason: Maybe[CancellationReason] = None
    lapses_at: Maybe[datetime] = None
    renews_id: Maybe[UUID] = None
    time_zone: Maybe[str] = None
    created_at: datetime
    updated_at: datetime


class PolicyListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("created_at", "policy_number", "start_date", "end_date", "premium_amount")

    status: Status | None = None
    policy_type: Kind | None = None
    customer_id: UUID | None = None

    def of(self, rows: PolicyQuerySet) -> PolicyQuerySet:
        """Those of `rows` that the filters leave."""
        wanted: dict[str, Any] = {"policy_type": self.policy_type, "customer_id": self.customer_id}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
        return rows.with_status(self.status, timezone.now()) if self.status else rows

    def ways(self) -> Sequence[Way]:
        """`q` is part of the number, or how the customer's name begins."""
        if not self.q:
            return ()
        number = Q(policy_number__icontains=self.q)
        names = Customer.objects.filter(first_or_last_name(self.q))
        return Way(Policy.objects.filter(number), "pk", number), Way(names, "customer_id", first_or_last_name(self.q, "customer__"))
