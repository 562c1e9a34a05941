"""The peers' tables, as bench/sql/peers.sql makes them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Numeric, Sequence, SmallInteger
from sqlalchemy.dialects.postgresql import INET, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), Decimal: Numeric(15, 2), dict[str, Any]: JSON}


class Record:
    id: Mapped[UUID] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]


class User(Base):
    __tablename__ = "users"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    token_version: Mapped[int]
    is_active: Mapped[bool]
    is_staff: Mapped[bool]
    is_superuser: Mapped[bool]


class TokenFamily(Base):
    __tablename__ = "token_families"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class UserRole(Base):
    __tablename__ = "user_roles"
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    role_id: Mapped[int] = mapped_column(primary_key=True)


class RolePermission(Base):
    __tablename__ = "role_permissions"
    role_id: Mapped[int] = mapped_column(primary_key=True)
    permission: Mapped[str] = mapped_column(primary_key=True)


class Customer(Record, Base):
    __tablename__ = "customers"
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    address: Mapped[bytes | None]


class Policy(Record, Base):
    __tablename__ = "policies"
    policy_number: Mapped[str]
    policy_type: Mapped[str]
    premium_amount: Mapped[Decimal]
    coverage_amount: Mapped[Decimal]
    deductible_amount: Mapped[Decimal]
    covers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    start_date: Mapped[datetime]
    end_date: Mapped[datetime]
    status: Mapped[str]
    cancelled_at: Mapped[datetime | None]
    cancellation_reason: Mapped[str]
    lapses_at: Mapped[datetime | None]
    renews_id: Mapped[UUID | None]
    time_zone: Mapped[str | None]
    # Only a filing reads it.
    booked_versions: Mapped[int] = mapped_column(deferred=True)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))


class Claim(Record, Base):
    __tablename__ = "claims"
    claim_number: Mapped[str]
    claim_type: Mapped[str]
    claim_amount: Mapped[Decimal]
    amount_is_minimum: Mapped[bool]
    status: Mapped[str]
    stage: Mapped[str]
    description: Mapped[str]
    incident_date: Mapped[datetime]
    reported_date: Mapped[datetime]
    processed_date: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    reopened_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    approved_amount: Mapped[Decimal | None]
    proposed_amount: Mapped[Decimal | None]
    paid_amount: Mapped[Decimal]
    depreciation: Mapped[Decimal | None]
    appealed_at: Mapped[datetime | None]
    jurisdiction: Mapped[str]
    assignee_id: Mapped[UUID | None]
    proposed_by_id: Mapped[UUID | None]
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policies.id"))


class ClaimHistory(Base):
    __tablename__ = "claim_history"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    command: Mapped[str]
    from_status: Mapped[str]
    to_status: Mapped[str]
    reason: Mapped[str]
    correlation_id: Mapped[str]
    stage: Mapped[str]
    amount: Mapped[Decimal | None]
    basis: Mapped[str]
    actor_id: Mapped[UUID | None]
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))


class Queue(Base):
    __tablename__ = "queues"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    active: Mapped[bool]


class TriageRule(Base):
    __tablename__ = "triage_rules"
    id: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int]
    claim_type: Mapped[str]
    amount_from: Mapped[Decimal | None]
    amount_to: Mapped[Decimal | None]
    words: Mapped[str]
    severity: Mapped[str]
    queue_id: Mapped[int]
    role_id: Mapped[int | None]
    active: Mapped[bool]


class Triage(Base):
    __tablename__ = "triage"
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"), primary_key=True)
    severity: Mapped[str]
    queue_id: Mapped[int]
    role_id: Mapped[int | None]
    rule_id: Mapped[int]
    at: Mapped[datetime]


class ClaimLink(Base):
    __tablename__ = "claim_links"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    later_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    earlier_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    kind: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime]


class ClockRule(Base):
    __tablename__ = "clock_rules"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    jurisdiction: Mapped[str]
    kind: Mapped[str]
    starts: Mapped[str]
    days: Mapped[int] = mapped_column(SmallInteger)
    counts: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]


class Holiday(Base):
    __tablename__ = "holidays"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    jurisdiction: Mapped[str]
    date: Mapped[date]


class Clock(Base):
    __tablename__ = "clocks"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    rule_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str]
    days: Mapped[int] = mapped_column(SmallInteger)
    since: Mapped[str]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    ended_by: Mapped[str]
    met: Mapped[bool]
    extension_reason: Mapped[str]


class DiaryRule(Base):
    __tablename__ = "diary_rules"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    stage: Mapped[str]
    severity: Mapped[str]
    days: Mapped[int] = mapped_column(SmallInteger)
    what: Mapped[str]
    active: Mapped[bool]


class DiaryEntry(Record, Base):
    __tablename__ = "diary_entries"
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    due_on: Mapped[date]
    what: Mapped[str]
    ending: Mapped[str]
    outcome: Mapped[str]


class CoverageCheck(Base):
    __tablename__ = "coverage_checks"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    step: Mapped[str]
    actor_id: Mapped[UUID]
    made_at: Mapped[datetime]
    incident_date: Mapped[datetime]
    policy_version: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    in_force: Mapped[bool]
    limit: Mapped[Decimal]
    deductible: Mapped[Decimal]
    coverage: Mapped[str]
    coverage_name: Mapped[str]


class AuditEntry(Base):
    __tablename__ = "audit_log"
    id: Mapped[int] = mapped_column(primary_key=True)
    object_pk: Mapped[str]
    object_repr: Mapped[str]
    action: Mapped[int] = mapped_column(SmallInteger)
    changes: Mapped[dict[str, Any]]
    timestamp: Mapped[datetime]
    remote_addr: Mapped[str] = mapped_column(INET)
    cid: Mapped[str]
    changes_text: Mapped[str]
    actor_email: Mapped[str]
    actor_id: Mapped[UUID]
    entity: Mapped[str]


# Readable numbers, for which nobody waits.
CLAIM_NUMBERS = Sequence("claim_numbers", schema="peer")


class IdempotencyKey(Base):
    __tablename__ = "idempotency_keys"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[UUID]
    method: Mapped[str]
    path: Mapped[str]
    key: Mapped[str]
    body_digest: Mapped[str]
    status: Mapped[int] = mapped_column(SmallInteger)
    headers: Mapped[dict[str, Any]]
    body: Mapped[bytes]
    created_at: Mapped[datetime]
