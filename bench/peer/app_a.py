"""Peer A: FastAPI with async SQLAlchemy as it is commonly written.

Middleware on BaseHTTPMiddleware, a session a request by dependency, ORM entities, answers validated and written by response models.
"""

import json
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID, uuid4

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
    timestamp,
)
from contract import ALLOWED_HOSTS, CORS_ORIGINS, SECURITY_HEADERS
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import JSONResponse
from filing_a import file_claim as file_in_full
from shapes_a import Answer, Caller, ClaimOut, Page, PolicyOut
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import array_agg
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from starlette.middleware.base import BaseHTTPMiddleware
from tables import Customer, Policy, RolePermission, TokenFamily, User, UserRole
from thin_a import file_claim as file_thinly
from thin_a import log

app = FastAPI(title="Peer A")
engine = make_engine("bench-peer-a")
file_claim = file_thinly if THIN else file_in_full
Session = async_sessionmaker(engine, expire_on_commit=False)
Next = Callable[[Request], Awaitable[Response]]


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
    if not who.may("claims.add_claim"):
        raise HTTPException(403, "Your role may not add a claim.")
    return await file_claim(request, body, db, who, idempotency_key)
