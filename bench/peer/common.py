"""What both peers share: configuration, tokens, requests, and the rules of a first notice. They differ in how they use it."""

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
from sqlalchemy import BigInteger, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

JWT_SECRET = os.environ["JWT_SECRET_KEY"]
KEY_ID = hashlib.sha256(b"key id:" + JWT_SECRET.encode()).hexdigest()[:16]
POOL, OVERFLOW = int(os.environ.get("PEER_POOL", "10")), int(os.environ.get("PEER_OVERFLOW", "20"))
BOX = Fernet(base64.urlsafe_b64encode(hashlib.sha256(os.environ["ENCRYPTION_KEY"].encode()).digest()))
# How the total of a list is found: as the platform does it at the time.
TOTAL_BY_COUNTER = os.environ.get("PEER_TOTAL", "count") == "counter"
COUNTED = text("SELECT coalesce(sum(number), 0)::bigint AS total FROM row_counts WHERE table_name = 'policies'").columns(total=BigInteger)
KEY_KEPT = timedelta(hours=24)
# Whether a filing leaves only the notice itself behind, and not all that ours leaves (BENCH_THIN_PEERS).
THIN = os.environ.get("PEER_THIN") == "1"

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


# -- The rules
def status_at(stored: str, end_date: datetime, moment: datetime) -> str:
    """An active policy expires at its end by itself, whether or not anything has written that down yet."""
    return "expired" if stored == "active" and end_date <= moment else stored


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
