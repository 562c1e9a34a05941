"""Claims as the API takes and gives them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from pydantic import Field

from claims.models import Claim, Stage
from claims.schemas.claimants import ClaimantIn
from customers.models import Customer, first_or_last_name
from policies.models import Policy
from vanguard.http.fields import Money, Text, UtcDateTime
from vanguard.http.paging import ListParams
from vanguard.http.schema import NOT_SENT, Amount, In, Maybe, Out, Params
from vanguard.http.searching import Way

Status = Literal["pending", "processing", "approved", "denied"]
Number = Annotated[str, Text(50)]
Kind = Annotated[str, Text(50)]
Description = Annotated[str, Text(10_000, blank=True, multiline=True)]
Reason = Annotated[str, Text(2000, multiline=True)]
OptionalReason = Annotated[str, Text(2000, blank=True, multiline=True)]


class ClaimIn(In):
    """A first notice of loss. Without a number it gets the next of its year; reported now, unless said otherwise."""

    policy_id: UUID
    claim_type: Kind
    claim_amount: Annotated[Decimal, Money(15)]
    incident_date: UtcDateTime
    description: Description = ""
    claim_number: Number | None = None
    reported_date: UtcDateTime | None = None
    # Under which state's deadlines, as US-CA; by the insured's address unless staff say so.
    jurisdiction: Annotated[str, Text(10, blank=True)] | None = None
    status: Status = "pending"
    # Claims that look like this one and are other losses; then a reason is needed.
    not_duplicate_of: list[UUID] = Field(default=[], max_length=50)
    not_duplicate_reason: OptionalReason = ""
    # Who claims, where staff know it: a claim of the same type on which only others claim is then of the same event.
    claimant: ClaimantIn | None = None


class ClaimPut(In):
    """All that can be corrected before the decision. The rest may be sent as it is; commands change it."""

    only_when_sent: ClassVar[frozenset[str]] = frozenset({"status", "claim_number", "policy_id", "reported_date", "depreciation"})

    claim_type: Kind
    claim_amount: Annotated[Decimal, Money(15)]
    incident_date: UtcDateTime
    description: Description = ""
    depreciation: Annotated[Decimal, Money(15)] | None = NOT_SENT
    status: Status = NOT_SENT
    claim_number: Number = NOT_SENT
    policy_id: UUID = NOT_SENT
    reported_date: UtcDateTime = NOT_SENT


class ClaimPatch(ClaimPut):
    """Only what is sent changes."""

    claim_type: Kind = NOT_SENT
    claim_amount: Annotated[Decimal, Money(15)] = NOT_SENT
    incident_date: UtcDateTime = NOT_SENT


class AssignIn(In):
    """Without an assignee the caller takes the claim."""

    assignee_id: UUID | None = None


class StartIn(In):
    pass


class ApproveIn(In):
    """Without an amount: what was proposed, or else all that is payable."""

    amount: Annotated[Decimal, Money(15)] | None = None
    reason: OptionalReason = ""


class CloseIn(In):
    reason: OptionalReason = ""


class ReopenIn(In):
    reason: Reason


class ClaimOut(Out):
    id: UUID
    claim_number: str
    policy_id: UUID
    claim_type: str
    claim_amount: Amount
    status: Status
    stage: Stage
    description: Maybe[str] = None
    incident_date: datetime
    reported_date: datetime
    processed_date: Maybe[datetime] = None
    closed_at: Maybe[datetime] = None
    due_at: Maybe[datetime] = None
    assignee_id: Maybe[UUID] = None
    proposed_amount: Maybe[Amount] = None
    approved_amount: Maybe[Amount] = None
    paid_amount: Amount
    depreciation: Maybe[Amount] = None
    appealed_at: Maybe[datetime] = None
    jurisdiction: Maybe[str] = None
    created_at: datetime
    updated_at: datetime


class KnownParams(Params):
    """The time machine: the claim as it was known at a moment; as it stands now without one."""

    known_at: UtcDateTime | None = None


class ClaimListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("created_at", "claim_number", "claim_amount", "incident_date", "reported_date", "due_at")

    status: Status | None = None
    stage: Stage | None = None
    claim_type: Kind | None = None
    policy_id: UUID | None = None
    assignee_id: UUID | None = None
    open: bool | None = Field(None, description="Whether the file is open, whatever the status.")

    def of(self, rows: QuerySet[Claim]) -> QuerySet[Claim]:
        """Those of `rows` that the filters leave."""
        wanted: dict[str, Any] = {
            "status": self.status,
            "stage": self.stage,
            "claim_type": self.claim_type,
            "policy_id": self.policy_id,
            "assignee_id": self.assignee_id,
            "closed_at__isnull": self.open,
        }
        return rows.filter(**{name: value for name, value in wanted.items() if value is not None})

    def ways(self) -> Sequence[Way]:
        """`q` is part of a claim's or policy's number, or how the insured's name begins."""
        if not self.q:
            return ()
        number = Q(claim_number__icontains=self.q)
        return (
            Way(Claim.objects.filter(number), "pk", number),
            Way(Policy.objects.filter(policy_number__icontains=self.q), "policy_id", Q(policy__policy_number__icontains=self.q)),
            Way(
                Customer.objects.filter(first_or_last_name(self.q)),
                "policy_id",
                first_or_last_name(self.q, "policy__customer__"),
                through=lambda keys: Policy.objects.filter(customer_id__one_of=keys),
            ),
        )
