"""Peer B: FastAPI with async SQLAlchemy, tuned as a good engineer would.

One pure ASGI middleware, columns instead of entities, reads without a transaction's round trips, a fixed pool, JSON by orjson without a
second validation, statements composed once, as few of them as the durable effects allow.
"""

import math
import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from answers_b import JSON, Caller, content_of, log, shown
from common import (
    COUNTED,
    REQUESTS,
    SECONDS,
    THIN,
    TOTAL_BY_COUNTER,
    ClaimIn,
    claims_of,
    correlation_id_of,
    cursor_after,
    figures,
    make_engine,
    status_at,
    timestamp,
)
from contract import ALLOWED_HOSTS, CORS_ORIGINS, POLICY_FIELDS, SECURITY_HEADERS
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from filing_b import file_claim as file_in_full
from pydantic.alias_generators import to_camel
from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import array_agg
from tables import Customer, Policy, RolePermission, TokenFamily, User, UserRole
from thin_b import file_claim as file_thinly
from uuid_utils.compat import uuid7

app = FastAPI(title="Peer B")
engine = make_engine("bench-peer-b")
file_claim = file_thinly if THIN else file_in_full
# Each read is one statement: without BEGIN and ROLLBACK around it, it is one round trip.
reading = engine.execution_options(isolation_level="AUTOCOMMIT")
HEADERS = [(name.encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]
HIDDEN = (b"authorization", b"cookie", b"user-agent", b"referer")
type Scope = MutableMapping[str, Any]
type Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

policies, users, families = Policy.__table__, User.__table__, TokenFamily.__table__
POLICY_NAMES = [(name, to_camel(name)) for name in POLICY_FIELDS]
ALL = select(*(policies.c[name] for name in (*POLICY_FIELDS, "version")))
OWN = ALL.join(Customer, Customer.id == policies.c.customer_id).where(Customer.user_id == bindparam("user_id"))
NEWEST = (policies.c.created_at.desc(), policies.c.id.desc())
ONE = {scope: rows.where(policies.c.id == bindparam("policy_id")) for scope, rows in ((True, ALL), (False, OWN))}
# Where a counter tells the total, it comes beside the rows in the same statement.
LISTED = ALL.add_columns(COUNTED.scalar_subquery().label("total")) if TOTAL_BY_COUNTER else ALL
PAGE = {
    scope: rows.order_by(*NEWEST)
    .offset(bindparam("start", type_=policies.c.version.type))
    .limit(bindparam("wanted", type_=policies.c.version.type))
    for scope, rows in ((True, LISTED), (False, OWN))
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


def policy_shown(row: Any, now: datetime) -> dict[str, Any]:
    fields = shown(row, POLICY_NAMES)
    fields["status"] = status_at(row["status"], row["end_date"], now)
    return fields


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
    return Response(content_of(policy_shown(row, datetime.now(UTC))), 200, {"etag": f'"{row["version"]}"'}, JSON)


@app.get("/api/policies")
async def list_policies(who: Who, page: Annotated[int, Query(ge=1)] = 1, page_size: Annotated[int, Query(ge=1, le=100)] = 10) -> Response:
    everything = who.may("policies.view_policy")
    scope = {} if everything else {"user_id": who.id}
    async with reading.connect() as connection:
        window = {"start": (page - 1) * page_size, "wanted": page_size + 1}
        found = (await connection.execute(PAGE[everything], window | scope)).mappings().all()
        is_beside = TOTAL_BY_COUNTER and everything and found
        total = found[0]["total"] if is_beside else (await connection.execute(TOTAL[everything], scope)).scalar_one()
    rows = found[:page_size]
    following = cursor_after(rows[-1]["created_at"], rows[-1]["id"], page + 1) if len(found) > page_size else None
    now = datetime.now(UTC)
    listed = {
        "data": [policy_shown(row, now) for row in rows],
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
    if not who.may("claims.add_claim"):
        raise HTTPException(403, "Your role may not add a claim.")
    return await file_claim(engine, request, body, who, idempotency_key)
