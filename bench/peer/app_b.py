"""Peer B: FastAPI with async SQLAlchemy, tuned as a good engineer would.

One pure ASGI middleware, columns instead of entities, reads without a transaction's round trips, a fixed pool, JSON by orjson without a
second validation, statements composed once, as few of them as the durable effects allow.
"""

import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, NamedTuple
from uuid import UUID

import orjson
from common import (
    BOX,
    COUNTED,
    KEY_KEPT,
    REQUESTS,
    SECONDS,
    TOTAL_BY_COUNTER,
    AuditEntry,
    Claim,
    ClaimHistory,
    ClaimIn,
    Customer,
    IdempotencyKey,
    NumberSeries,
    Policy,
    RolePermission,
    TokenFamily,
    User,
    UserRole,
    as_changes,
    check_cover,
    check_dates,
    claims_of,
    correlation_id_of,
    cursor_after,
    digest_of,
    due_after,
    figures,
    logger,
    make_engine,
    timestamp,
)
from contract import ALLOWED_HOSTS, CLAIM_FIELDS, CORS_ORIGINS, POLICY_FIELDS, SECURITY_HEADERS
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from pydantic.alias_generators import to_camel
from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import array_agg
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

app = FastAPI(title="Peer B")
engine = make_engine("bench-peer-b")
# Each read is one statement: without BEGIN and ROLLBACK around it, it is one round trip.
reading = engine.execution_options(isolation_level="AUTOCOMMIT")
log = logger()
JSON = "application/json; charset=utf-8"
HEADERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
HIDDEN = (b"authorization", b"cookie", b"user-agent", b"referer")
type Scope = MutableMapping[str, Any]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

policies, claims, users, families = Policy.__table__, Claim.__table__, User.__table__, TokenFamily.__table__
POLICY_NAMES = [(name, to_camel(name)) for name in POLICY_FIELDS]
CLAIM_NAMES = [(name, to_camel(name)) for name in CLAIM_FIELDS]
ALL = select(*(policies.c[name] for name in (*POLICY_FIELDS, "version")))
OWN = ALL.join(Customer, Customer.id == policies.c.customer_id).where(Customer.user_id == bindparam("user_id"))
NEWEST = (policies.c.created_at.desc(), policies.c.id.desc())
ONE = {scope: rows.where(policies.c.id == bindparam("policy_id")) for scope, rows in ((True, ALL), (False, OWN))}
PAGE = {
    scope: rows.order_by(*NEWEST)
    .offset(bindparam("start", type_=policies.c.version.type))
    .limit(bindparam("wanted", type_=policies.c.version.type))
    for scope, rows in ((True, ALL), (False, OWN))
}
TOTAL = {
    True: COUNTED if TOTAL_BY_COUNTER else select(func.count()).select_from(policies),
    False: select(func.count())
    .select_from(policies)
    .join(Customer, Customer.id == policies.c.customer_id)
    .where(Customer.user_id == bindparam("user_id")),
}
HELD = (
    select(array_agg(RolePermission.permission))
    .join(UserRole, UserRole.role_id == RolePermission.role_id)
    .where(UserRole.user_id == users.c.id)
    .scalar_subquery()
)
CALLER = (
    select(users.c.id, users.c.email, users.c.is_superuser, HELD.label("permissions"))
    .join(families, families.c.user_id == users.c.id)
    .where(families.c.id == bindparam("family"), families.c.ended_at.is_(None))
    .where(users.c.email == bindparam("address"), users.c.token_version == bindparam("token_version"), users.c.is_active)
)
COVER = (
    select(policies.c.policy_number, policies.c.start_date, policies.c.end_date, policies.c.cancelled_at)
    .where(policies.c.id == bindparam("policy_id"))
    .with_for_update(key_share=True)
)
series = upsert(NumberSeries).values(name=bindparam("series"), last=1)
NEXT_NUMBER = series.on_conflict_do_update(index_elements=["name"], set_={"last": NumberSeries.last + 1}).returning(NumberSeries.last)
CLAIM_KEY = upsert(IdempotencyKey).on_conflict_do_nothing().returning(IdempotencyKey.id)
STORE_ANSWER = update(IdempotencyKey).where(IdempotencyKey.id == bindparam("key_id"))
# A number that somebody chose by hand is passed over: then the insert returns nothing, and the next one is tried.
INSERT_CLAIM = upsert(Claim).on_conflict_do_nothing(index_elements=["claim_number"]).returning(claims.c.id)
INSERT_HISTORY, INSERT_AUDIT = insert(ClaimHistory.__table__).inline(), insert(AuditEntry.__table__).inline()


class Caller(NamedTuple):
    id: UUID
    email: str
    is_superuser: bool
    permissions: list[str] | None

    def may(self, permission: str) -> bool:
        return self.is_superuser or permission in (self.permissions or ())


class Accounting:
    """Correlation id, security headers, figures and the line of the request, without a task or a copy of the body."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        headers = dict(scope["headers"])
        cid = correlation_id_of(headers.get(b"x-correlation-id", b"").decode("latin-1"), uuid7)
        state = scope.setdefault("state", {})
        state["correlation_id"] = cid
        started, status, length = time.perf_counter(), 500, 0

        async def send_with_headers(message: MutableMapping[str, Any]) -> None:
            nonlocal status, length
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *HEADERS, (b"cache-control", b"no-store"), (b"x-correlation-id", cid.encode())]
            else:
                length += len(message.get("body", b""))
            await send(message)

        try:
            await self.application(scope, receive, send_with_headers)
        finally:
            account(scope, headers, status, length, time.perf_counter() - started)


def account(scope: Scope, headers: dict[bytes, bytes], status: int, length: int, seconds: float) -> None:
    route = scope.get("route")
    endpoint = route.path if route else "unmatched"
    method, path = scope["method"], scope["path"]
    REQUESTS.labels(method, endpoint, str(status)).inc()
    SECONDS.labels(method, endpoint).observe(seconds)
    line = {
        "timestamp": timestamp(),
        "level": "info",
        "message": f"{method} {path} {status}",
        "method": method,
        "path": path,
        "query": scope["query_string"].decode("latin-1"),
        "endpoint": endpoint,
        "status": status,
        "duration_ms": round(seconds * 1000, 2),
        "bytes": length,
        "client_ip": scope["client"][0] if scope["client"] else None,
        "user_agent": headers.get(b"user-agent", b"").decode("latin-1"),
        "referrer": headers.get(b"referer", b"").decode("latin-1"),
        "headers": {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items() if name not in HIDDEN},
        "user_id": scope["state"].get("user_id"),
        "correlation_id": scope["state"]["correlation_id"],
    }
    log.info(orjson.dumps(line).decode())


app.add_middleware(Accounting)
app.add_middleware(GZipMiddleware, minimum_size=1000)
app.add_middleware(CORSMiddleware, allow_origins=CORS_ORIGINS, allow_credentials=True, allow_methods=["*"], allow_headers=["*"])
app.add_middleware(TrustedHostMiddleware, allowed_hosts=ALLOWED_HOSTS)


def exact(value: Any) -> Any:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    if isinstance(value, UUID):  # asyncpg's own class, which orjson does not take for a UUID
        return str(value)
    raise TypeError(type(value).__name__)


def content_of(data: Any, message: str = "OK") -> bytes:
    return orjson.dumps({"data": data, "message": message, "success": True, "timestamp": timestamp()}, exact, orjson.OPT_UTC_Z)


def shown(row: Any, names: list[tuple[str, str]]) -> dict[str, Any]:
    return {camel: value for name, camel in names if (value := row[name]) is not None and value != ""}


@app.exception_handler(HTTPException)
async def in_envelope(request: Request, error: HTTPException) -> Response:
    failed = {"data": None, "message": error.detail, "success": False, "timestamp": timestamp()}
    errors = [{"field": "", "code": str(error.status_code), "message": error.detail}]
    body = orjson.dumps(failed | {"correlationId": request.state.correlation_id, "errors": errors})
    return Response(body, error.status_code, error.headers, JSON)


async def caller(request: Request, authorization: Annotated[str | None, Header()] = None) -> Caller:
    """Who is calling: the token's user, if the log-in has not ended, and what the roles permit. One query."""
    said = claims_of(authorization)
    given = {"family": UUID(said["sid"]), "address": said["sub"], "token_version": said["tv"]}
    async with reading.connect() as connection:
        row = (await connection.execute(CALLER, given)).first()
    if row is None:
        raise HTTPException(401, "The access token is not valid.", {"WWW-Authenticate": "Bearer"})
    request.state.user_id = str(row.id)
    return Caller(*row)


Who = Annotated[Caller, Depends(caller)]


@app.get("/health/live")
async def live() -> Response:
    return Response(b'{"status":"alive"}', media_type="application/json")


@app.get("/metrics")
async def metrics() -> Response:
    return Response(figures(), media_type="text/plain")


@app.get("/api/policies/{policy_id}")
async def get_policy(policy_id: UUID, who: Who) -> Response:
    everything = who.may("policies.view_policy")
    given = {"policy_id": policy_id} | ({} if everything else {"user_id": who.id})
    async with reading.connect() as connection:
        row = (await connection.execute(ONE[everything], given)).mappings().first()
    if row is None:
        raise HTTPException(404, "There is no such record.")
    return Response(content_of(shown(row, POLICY_NAMES)), 200, {"etag": f'"{row["version"]}"'}, JSON)


@app.get("/api/policies")
async def list_policies(who: Who, page: Annotated[int, Query(ge=1)] = 1, page_size: Annotated[int, Query(ge=1, le=100)] = 10) -> Response:
    everything = who.may("policies.view_policy")
    scope = {} if everything else {"user_id": who.id}
    async with reading.connect() as connection:
        total = (await connection.execute(TOTAL[everything], scope)).scalar_one()
        window = {"start": (page - 1) * page_size, "wanted": page_size + 1}
        found = (await connection.execute(PAGE[everything], window | scope)).mappings().all()
    rows = found[:page_size]
    following = cursor_after(rows[-1]["created_at"], rows[-1]["id"], page + 1) if len(found) > page_size else None
    listed = {
        "data": [shown(row, POLICY_NAMES) for row in rows],
        "total": total,
        "page": page,
        "pageSize": page_size,
        "totalPages": math.ceil(total / page_size),
        "nextCursor": following,
    }
    return Response(content_of(listed), media_type=JSON)


@app.post("/api/claims")
async def submit_claim(
    request: Request, body: ClaimIn, who: Who, idempotency_key: Annotated[str, Header(min_length=1, max_length=255)]
) -> Response:
    """All of it or nothing: the key, the number, the claim, its history, the audit entry, the stored answer."""
    if not who.may("claims.add_claim"):
        raise HTTPException(403, "Your role may not add a claim.")
    now = datetime.now(UTC)
    check_dates(body.incident_date, now)
    key = {"user_id": who.id, "method": request.method, "path": request.url.path, "key": idempotency_key}
    digest = digest_of(await request.body())
    async with engine.begin() as connection:
        blank = {"body_digest": digest, "status": 0, "headers": {}, "body": b"", "created_at": now}
        key_id = (await connection.execute(CLAIM_KEY, key | blank)).scalar()
        if key_id is None:
            return await first_answer(connection, key, digest, now)
        policy = (await connection.execute(COVER, {"policy_id": body.policy_id})).first()
        if policy is None:
            raise HTTPException(404, "There is no such policy.")
        check_cover(policy, body.incident_date)
        row = await insert_claim(connection, body, now)
        await connection.execute(INSERT_HISTORY, history_of(row, who, request))
        await connection.execute(INSERT_AUDIT, audit_of(row, who, request))
        content = content_of(shown(row, CLAIM_NAMES), "The claim is filed.")
        headers = {"ETag": '"1"', "Location": f"/api/claims/{row['id']}"}
        await connection.execute(STORE_ANSWER, {"key_id": key_id, "status": 201, "headers": headers, "body": BOX.encrypt(content)})
    log.info(orjson.dumps(event_of(row, who, request), exact).decode())
    return Response(content, 201, headers, JSON)


async def first_answer(connection: AsyncConnection, key: dict[str, Any], digest: str, now: datetime) -> Response:
    stored = (await connection.execute(select(IdempotencyKey.__table__).filter_by(**key))).one()
    if stored.body_digest != digest or stored.created_at < now - KEY_KEPT:
        raise HTTPException(409, "This Idempotency-Key came with another body before. Use a new key for a new request.")
    return Response(BOX.decrypt(stored.body), stored.status, stored.headers, JSON)


async def insert_claim(connection: AsyncConnection, body: ClaimIn, now: datetime) -> dict[str, Any]:
    """The claim's row under the next number of the year, whose row stays locked until the commit."""
    row: dict[str, Any] = {
        "id": uuid7(),
        "created_at": now,
        "updated_at": now,
        "version": 1,
        "amount_is_minimum": False,
        "status": "pending",
        "stage": "reported",
        "reported_date": now,
        "due_at": due_after(now),
        "paid_amount": Decimal("0.00"),
        **body.model_dump(),
        **dict.fromkeys(
            ("processed_date", "closed_at", "reopened_at", "approved_amount", "proposed_amount", "assignee_id", "proposed_by_id")
        ),
    }
    while True:
        last = (await connection.execute(NEXT_NUMBER, {"series": f"CLM-{now.year}"})).scalar_one()
        row["claim_number"] = f"CLM-{now.year}-{last:06d}"
        if (await connection.execute(INSERT_CLAIM, row)).scalar() is not None:
            return row


def history_of(row: dict[str, Any], who: Caller, request: Request) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "at": row["created_at"],
        "command": "submit",
        "from_status": "",
        "to_status": row["status"],
        "reason": "",
        "correlation_id": request.state.correlation_id,
        "stage": row["stage"],
        "amount": row["claim_amount"],
        "basis": "",
        "actor_id": who.id,
        "claim_id": row["id"],
    }


def audit_of(row: dict[str, Any], who: Caller, request: Request) -> dict[str, Any]:
    return {
        "object_pk": str(row["id"]),
        "object_repr": row["claim_number"],
        "action": 0,
        "changes": as_changes(row),
        "timestamp": row["created_at"],
        "remote_addr": request.client.host if request.client else "127.0.0.1",
        "cid": request.state.correlation_id,
        "changes_text": "",
        "actor_email": who.email,
        "actor_id": who.id,
        "entity": "claim",
    }


def event_of(row: dict[str, Any], who: Caller, request: Request) -> dict[str, Any]:
    details = {
        "claim_id": row["id"],
        "claim_number": row["claim_number"],
        "claim_type": row["claim_type"],
        "amount": str(row["claim_amount"]),
    }
    who_and_what = {"user_id": who.id, "correlation_id": request.state.correlation_id, "details": details}
    return {"timestamp": timestamp(), "event_type": "claim_submitted", "compliance_log": True} | who_and_what
