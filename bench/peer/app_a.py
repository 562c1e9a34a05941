"""Peer A: FastAPI with async SQLAlchemy as it is commonly written.

Middleware on BaseHTTPMiddleware, a session a request by dependency, ORM entities, answers validated and written by response models.
"""

import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID, uuid4

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
from contract import ALLOWED_HOSTS, CLAIM_FIELDS, CORS_ORIGINS, SECURITY_HEADERS
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import array_agg, insert
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.middleware.base import BaseHTTPMiddleware

app = FastAPI(title="Peer A")
engine = make_engine("bench-peer-a")
Session = async_sessionmaker(engine, expire_on_commit=False)
log = logger()
Next = Callable[[Request], Awaitable[Response]]
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
    start_date: datetime
    end_date: datetime
    status: str
    cancelled_at: datetime | None = None
    cancellation_reason: Annotated[str | None, OrNone] = None
    created_at: datetime
    updated_at: datetime


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


class SecurityHeaders(BaseHTTPMiddleware):
    async def dispatch(self, request: Request, call_next: Next) -> Response:
        response = await call_next(request)
        response.headers.update(SECURITY_HEADERS)
        response.headers.setdefault("cache-control", "no-store")
        return response


class Accounting(BaseHTTPMiddleware):
    """Correlation id, figures and the line of the request."""

    async def dispatch(self, request: Request, call_next: Next) -> Response:
        started = time.perf_counter()
        request.state.correlation_id = correlation_id_of(request.headers.get("x-correlation-id"), uuid4)
        request.state.user_id = None
        response = await call_next(request)
        response.headers["x-correlation-id"] = request.state.correlation_id
        seconds = time.perf_counter() - started
        route = request.scope.get("route")
        endpoint = route.path if route else "unmatched"
        REQUESTS.labels(request.method, endpoint, str(response.status_code)).inc()
        SECONDS.labels(request.method, endpoint).observe(seconds)
        headers = {
            name: value for name, value in request.headers.items() if name not in ("authorization", "cookie", "user-agent", "referer")
        }
        line = {
            "timestamp": timestamp(),
            "level": "info",
            "message": f"{request.method} {request.url.path} {response.status_code}",
            "method": request.method,
            "path": request.url.path,
            "query": request.url.query,
            "endpoint": endpoint,
            "status": response.status_code,
            "duration_ms": round(seconds * 1000, 2),
            "bytes": response.headers.get("content-length"),
            "client_ip": request.client.host if request.client else None,
            "user_agent": request.headers.get("user-agent", ""),
            "referrer": request.headers.get("referer", ""),
            "headers": headers,
            "user_id": request.state.user_id,
            "correlation_id": request.state.correlation_id,
        }
        log.info(json.dumps(line))
        return response


app.add_middleware(SecurityHeaders)
app.add_middleware(Accounting)
app.add_middleware(GZipMiddleware, minimum_size=1000)
app.add_middleware(CORSMiddleware, allow_origins=CORS_ORIGINS, allow_credentials=True, allow_methods=["*"], allow_headers=["*"])
app.add_middleware(TrustedHostMiddleware, allowed_hosts=ALLOWED_HOSTS)


@app.exception_handler(HTTPException)
async def in_envelope(request: Request, error: HTTPException) -> JSONResponse:
    body = {
        "data": None,
        "message": error.detail,
        "success": False,
        "timestamp": timestamp(),
        "correlationId": request.state.correlation_id,
        "errors": [{"field": "", "code": str(error.status_code), "message": error.detail}],
    }
    return JSONResponse(body, error.status_code, error.headers)


async def session() -> AsyncIterator[AsyncSession]:
    async with Session() as opened, opened.begin():
        yield opened


Db = Annotated[AsyncSession, Depends(session, scope="function")]


async def caller(request: Request, db: Db, authorization: Annotated[str | None, Header()] = None) -> Caller:
    """Who is calling: the token's user, if the log-in has not ended, and what the roles permit. One query."""
    claims = claims_of(authorization)
    held = (
        select(array_agg(RolePermission.permission))
        .join(UserRole, UserRole.role_id == RolePermission.role_id)
        .where(UserRole.user_id == User.id)
        .scalar_subquery()
    )
    live = select(User, held).join(TokenFamily, TokenFamily.user_id == User.id)
    live = live.where(TokenFamily.id == UUID(claims["sid"]), TokenFamily.ended_at.is_(None))
    live = live.where(User.email == claims["sub"], User.token_version == claims["tv"], User.is_active)
    row = (await db.execute(live)).one_or_none()
    if row is None:
        raise HTTPException(401, "The access token is not valid.", {"WWW-Authenticate": "Bearer"})
    user, permissions = row
    request.state.user_id = str(user.id)
    return Caller(user, frozenset(permissions or ()))


Who = Annotated[Caller, Depends(caller)]


def visible(who: Caller) -> Any:
    rows = select(Policy)
    if who.may("policies.view_policy"):
        return rows
    return rows.join(Customer, Customer.id == Policy.customer_id).where(Customer.user_id == who.user.id)


@app.get("/health/live")
async def live() -> dict[str, str]:
    return {"status": "alive"}


@app.get("/metrics")
async def metrics() -> Response:
    return Response(figures(), media_type="text/plain")


@app.get("/api/policies/{policy_id}", response_model=Answer[PolicyOut], response_model_exclude_none=True)
async def get_policy(policy_id: UUID, response: Response, db: Db, who: Who) -> dict[str, Any]:
    policy = (await db.execute(visible(who).where(Policy.id == policy_id))).scalar_one_or_none()
    if policy is None:
        raise HTTPException(404, "There is no such record.")
    response.headers["etag"] = f'"{policy.version}"'
    return {"data": policy, "timestamp": timestamp()}


@app.get("/api/policies", response_model=Answer[Page[PolicyOut]], response_model_exclude_none=True)
async def list_policies(
    db: Db, who: Who, page: Annotated[int, Query(ge=1)] = 1, page_size: Annotated[int, Query(ge=1, le=100)] = 10
) -> dict[str, Any]:
    rows = visible(who)
    if TOTAL_BY_COUNTER and who.may("policies.view_policy"):
        total = (await db.execute(COUNTED)).scalar_one()
    else:
        total = (await db.execute(select(func.count()).select_from(rows.subquery()))).scalar_one()
    ordered = rows.order_by(Policy.created_at.desc(), Policy.id.desc()).offset((page - 1) * page_size).limit(page_size + 1)
    found = (await db.execute(ordered)).scalars().all()
    shown = found[:page_size]
    following = cursor_after(shown[-1].created_at, shown[-1].id, page + 1) if len(found) > page_size else None
    listed = {"data": shown, "total": total, "page": page, "page_size": page_size}
    return {"data": listed | {"total_pages": math.ceil(total / page_size), "next_cursor": following}, "timestamp": timestamp()}


@app.post("/api/claims", response_model=Answer[ClaimOut], response_model_exclude_none=True, status_code=201)
async def submit_claim(
    request: Request, body: ClaimIn, db: Db, who: Who, idempotency_key: Annotated[str, Header(min_length=1, max_length=255)]
) -> Response:
    """All of it or nothing: the key, the number, the claim, its history, the audit entry, the stored answer."""
    if not who.may("claims.add_claim"):
        raise HTTPException(403, "Your role may not add a claim.")
    now = datetime.now(UTC)
    check_dates(body.incident_date, now)
    key = await claim_key(request, db, who, idempotency_key, now)
    if key.status:
        return first_answer(key)
    policy = (await db.execute(select(Policy).where(Policy.id == body.policy_id).with_for_update(key_share=True))).scalar_one_or_none()
    if policy is None:
        raise HTTPException(404, "There is no such policy.")
    check_cover(policy, body.incident_date)
    claim = new_claim(body, await next_number(db, now.year), now)
    db.add(claim)
    await db.flush()
    db.add_all([history_of(claim, who, request), audit_of(claim, who, request)])
    content = Answer[ClaimOut](data=ClaimOut.model_validate(claim), message="The claim is filed.", timestamp=timestamp())
    text = content.model_dump_json(by_alias=True, exclude_none=True)
    headers = {"ETag": f'"{claim.version}"', "Location": f"/api/claims/{claim.id}"}
    key.status, key.headers, key.body = 201, headers, BOX.encrypt(text.encode())
    await db.commit()
    log.info(json.dumps(event_of(claim, who, request)))
    return Response(text, 201, headers, "application/json; charset=utf-8")


async def claim_key(request: Request, db: AsyncSession, who: Caller, key: str, now: datetime) -> IdempotencyKey:
    """The key, new (status 0), or as an earlier request left it. Waits for one who is about to commit."""
    digest = digest_of(await request.body())
    given = {"user_id": who.user.id, "method": request.method, "path": request.url.path, "key": key}
    values = given | {"body_digest": digest, "status": 0, "headers": {}, "body": b"", "created_at": now}
    await db.execute(insert(IdempotencyKey).values(**values).on_conflict_do_nothing())
    stored = (await db.execute(select(IdempotencyKey).filter_by(**given))).scalar_one()
    if stored.body_digest != digest or stored.created_at < now - KEY_KEPT:
        raise HTTPException(409, "This Idempotency-Key came with another body before. Use a new key for a new request.")
    return stored


def first_answer(key: IdempotencyKey) -> Response:
    return Response(BOX.decrypt(key.body), key.status, key.headers, "application/json; charset=utf-8")


async def next_number(db: AsyncSession, year: int) -> str:
    """The next number of the series, its row locked until the commit; one that somebody chose by hand is passed over."""
    name = f"CLM-{year}"
    await db.execute(insert(NumberSeries).values(name=name, last=0).on_conflict_do_nothing())
    series = (await db.execute(select(NumberSeries).where(NumberSeries.name == name).with_for_update())).scalar_one()
    while True:
        series.last += 1
        number = f"{name}-{series.last:06d}"
        if (await db.execute(select(Claim.id).where(Claim.claim_number == number))).first() is None:
            return number


def new_claim(body: ClaimIn, number: str, now: datetime) -> Claim:
    empty = dict.fromkeys(
        ("processed_date", "closed_at", "reopened_at", "approved_amount", "proposed_amount", "assignee_id", "proposed_by_id")
    )
    return Claim(
        id=uuid4(),
        created_at=now,
        updated_at=now,
        version=1,
        claim_number=number,
        amount_is_minimum=False,
        status="pending",
        stage="reported",
        reported_date=now,
        due_at=due_after(now),
        paid_amount=Decimal("0.00"),
        **body.model_dump(),
        **empty,
    )


def history_of(claim: Claim, who: Caller, request: Request) -> ClaimHistory:
    return ClaimHistory(
        id=uuid4(),
        at=claim.created_at,
        command="submit",
        from_status="",
        to_status=claim.status,
        reason="",
        correlation_id=request.state.correlation_id,
        stage=claim.stage,
        amount=claim.claim_amount,
        basis="",
        actor_id=who.user.id,
        claim_id=claim.id,
    )


def audit_of(claim: Claim, who: Caller, request: Request) -> AuditEntry:
    return AuditEntry(
        object_pk=str(claim.id),
        object_repr=claim.claim_number,
        action=0,
        changes=as_changes({name: getattr(claim, name) for name in CLAIM_FIELDS}),
        timestamp=claim.created_at,
        remote_addr=request.client.host if request.client else "127.0.0.1",
        cid=request.state.correlation_id,
        changes_text="",
        actor_email=who.user.email,
        actor_id=who.user.id,
        entity="claim",
    )


def event_of(claim: Claim, who: Caller, request: Request) -> dict[str, Any]:
    details = {
        "claim_id": str(claim.id),
        "claim_number": claim.claim_number,
        "claim_type": claim.claim_type,
        "amount": str(claim.claim_amount),
    }
    who_and_what = {"user_id": str(who.user.id), "correlation_id": request.state.correlation_id, "details": details}
    return {"timestamp": timestamp(), "event_type": "claim_submitted", "compliance_log": True} | who_and_what
