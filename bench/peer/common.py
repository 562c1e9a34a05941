"""What both peers share: configuration, tables, requests and the rules of a first notice. Style aside, they differ in how they use it."""

import base64
import hashlib
import hmac
import json
import logging
import os
import re
import sys
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import jwt
from contract import ACKNOWLEDGE_DAYS, AUDIENCE, EARLIEST_YEAR, ISSUER, LATEST_YEAR, TOKEN_CLAIMS
from cryptography.fernet import Fernet
from fastapi import HTTPException
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import JSON, BigInteger, ForeignKey, Numeric, SmallInteger, text
from sqlalchemy.dialects.postgresql import INET
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime

JWT_SECRET = os.environ["JWT_SECRET_KEY"]
KEY_ID = hashlib.sha256(b"key id:" + JWT_SECRET.encode()).hexdigest()[:16]
POOL, OVERFLOW = int(os.environ.get("PEER_POOL", "10")), int(os.environ.get("PEER_OVERFLOW", "20"))
BOX = Fernet(base64.urlsafe_b64encode(hashlib.sha256(os.environ["ENCRYPTION_KEY"].encode()).digest()))
# How the total of a list is found: as the platform does it at the time.
TOTAL_BY_COUNTER = os.environ.get("PEER_TOTAL", "count") == "counter"
COUNTED = text("SELECT sum(number)::bigint FROM row_counts")
KEY_KEPT = timedelta(hours=24)

REQUESTS = Counter("requests", "Requests answered.", ["method", "endpoint", "status_code"])
SECONDS = Histogram("request_duration_seconds", "Time to the answer.", ["method", "endpoint"])


def make_engine(name: str) -> AsyncEngine:
    """Connections with the platform's own limits. The tables are in the schema `peer`."""
    settings = {"search_path": "peer", "application_name": name, "jit": "off", "statement_timeout": "25s", "lock_timeout": "10s"}
    return create_async_engine(
        os.environ["PEER_DATABASE_URL"], pool_size=POOL, max_overflow=OVERFLOW, connect_args={"server_settings": settings}
    )


def logger() -> logging.Logger:
    """Lines as they are, to stdout."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(message)s"))
    made = logging.getLogger("peer")
    made.setLevel(logging.INFO)
    made.propagate = False
    made.addHandler(handler)
    return made


def figures() -> bytes:
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)


# -- Tables
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


class Policy(Record, Base):
    __tablename__ = "policies"
    policy_number: Mapped[str]
    policy_type: Mapped[str]
    premium_amount: Mapped[Decimal]
    coverage_amount: Mapped[Decimal]
    deductible_amount: Mapped[Decimal]
    start_date: Mapped[datetime]
    end_date: Mapped[datetime]
    status: Mapped[str]
    cancelled_at: Mapped[datetime | None]
    cancellation_reason: Mapped[str]
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


class NumberSeries(Base):
    __tablename__ = "number_series"
    name: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger)


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


# -- Requests
def _amount(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


def _instant(value: datetime) -> datetime:
    moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ValueError("This time must be between the years 1900 and 9999.")
    return moment


class ClaimIn(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", str_strip_whitespace=True)

    policy_id: UUID
    claim_type: str = Field(min_length=1, max_length=50)
    claim_amount: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2), AfterValidator(_amount)]
    incident_date: Annotated[datetime, AfterValidator(_instant)]
    description: str = Field("", max_length=10_000)


def correlation_id_of(sent: str | None, fresh: Any) -> str:
    return sent if sent and re.fullmatch(r"[A-Za-z0-9._-]{8,64}", sent) else str(fresh())


def claims_of(authorization: str | None) -> dict[str, Any]:
    """What a well-signed, unexpired access token says. Raises HTTPException 401 for anything else."""
    scheme, _, token = (authorization or "").strip().partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise HTTPException(401, "Log in first: this address needs a valid access token.", {"WWW-Authenticate": "Bearer"})
    try:
        if jwt.get_unverified_header(token).get("kid") != KEY_ID:
            raise jwt.InvalidTokenError
        claims: dict[str, Any] = jwt.decode(
            token, JWT_SECRET, algorithms=["HS256"], issuer=ISSUER, audience=AUDIENCE, options={"require": TOKEN_CLAIMS}
        )
        if claims["type"] != "access":
            raise jwt.InvalidTokenError
    except jwt.InvalidTokenError:
        raise HTTPException(401, "The access token is not valid.", {"WWW-Authenticate": "Bearer"}) from None
    return claims


def digest_of(body: bytes) -> str:
    return hmac.new(JWT_SECRET.encode(), body, hashlib.sha256).hexdigest()


def cursor_after(created_at: datetime, row_id: UUID, page: int) -> str:
    """Sealed, like the platform's: a cursor may hold a name."""
    where = {"of": "policies.Policy", "sort": "-created_at", "value": created_at.isoformat(), "id": str(row_id), "page": page}
    return BOX.encrypt(json.dumps(where).encode()).decode()


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


# -- The rules of a first notice
def check_dates(incident_date: datetime, now: datetime) -> None:
    if incident_date > now:
        raise HTTPException(422, "Incident date is not in the future.")


def check_cover(policy: Any, incident_date: datetime) -> None:
    """The policy was in force at the instant of loss. Raises HTTPException 409."""
    cancelled = policy.cancelled_at is not None and policy.cancelled_at <= incident_date
    if cancelled or not policy.start_date <= incident_date < policy.end_date:
        raise HTTPException(409, f"Policy {policy.policy_number} was not in force at the loss.")


def due_after(reported: datetime) -> datetime:
    return datetime.combine(reported + timedelta(days=ACKNOWLEDGE_DAYS), time.max, UTC)


def as_changes(row: dict[str, Any]) -> dict[str, list[str]]:
    """Every field of a new record, as the audit log shows it."""
    return {name: ["None", str(value)] for name, value in row.items() if name not in ("updated_at", "version")}
