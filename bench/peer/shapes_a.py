"""What peer A answers with, and who asks it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from common import status_at
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel
from tables import User

Amount = Annotated[Decimal, PlainSerializer(float, return_type=float)]
OrNone = BeforeValidator(lambda value: value or None)


class Out(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, validate_by_name=True, from_attributes=True)


class PolicyOut(Out):
    id: UUID
    policy_number: str
    customer_id: UUID
    policy_type: str
    premium_amount: Amount
    coverage_amount: Amount
    deductible_amount: Amount
    covers: dict[str, dict[str, Amount]] | None = None
    start_date: datetime
    end_date: datetime
    status: str
    cancelled_at: datetime | None = None
    cancellation_reason: Annotated[str | None, OrNone] = None
    lapses_at: datetime | None = None
    renews_id: UUID | None = None
    time_zone: Annotated[str | None, OrNone] = None
    created_at: datetime
    updated_at: datetime

    @field_validator("status")
    @classmethod
    def as_it_is_now(cls, stored: str, known: ValidationInfo) -> str:
        return status_at(stored, known.data["end_date"], datetime.now(UTC))


class ClaimOut(Out):
    id: UUID
    claim_number: str
    policy_id: UUID
    claim_type: str
    claim_amount: Amount
    status: str
    stage: str
    description: Annotated[str | None, OrNone] = None
    incident_date: datetime
    reported_date: datetime
    processed_date: datetime | None = None
    closed_at: datetime | None = None
    due_at: datetime | None = None
    assignee_id: UUID | None = None
    proposed_amount: Amount | None = None
    approved_amount: Amount | None = None
    paid_amount: Amount
    depreciation: Amount | None = None
    appealed_at: datetime | None = None
    jurisdiction: Annotated[str | None, OrNone] = None
    created_at: datetime
    updated_at: datetime


class Page[Data](Out):
    data: list[Data]
    total: int
    page: int
    page_size: int
    total_pages: int
    next_cursor: str | None


class Answer[Data](Out):
    data: Data
    message: str = "OK"
    success: bool = True
    timestamp: str


@dataclass
class Caller:
    user: User
    permissions: frozenset[str]

    def may(self, permission: str) -> bool:
        return self.user.is_superuser or permission in self.permissions
