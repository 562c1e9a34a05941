"""W3 of thin peer B (BENCH_THIN_PEERS=1): the notice alone, a statement a table, each composed once."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
from answers_b import JSON, Caller, content_of, exact, log, shown
from common import BOX, KEY_KEPT, ClaimIn, as_changes, check_cover, check_dates, digest_of, due_after, timestamp
from contract import CLAIM_FIELDS
from fastapi import HTTPException, Request, Response
from pydantic.alias_generators import to_camel
from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tables import CLAIM_NUMBERS, AuditEntry, Claim, ClaimHistory, IdempotencyKey, Policy
from uuid_utils.compat import uuid7

policies, claims = Policy.__table__, Claim.__table__
CLAIM_NAMES = [(name, to_camel(name)) for name in CLAIM_FIELDS]
NEXT_NUMBER = select(CLAIM_NUMBERS.next_value())
# The number comes with the policy: one statement fewer, and nobody waits for a sequence.
COVER = (
    select(
        policies.c.policy_number,
        policies.c.start_date,
        policies.c.end_date,
        policies.c.cancelled_at,
        CLAIM_NUMBERS.next_value().label("last"),
    )
    .where(policies.c.id == bindparam("policy_id"))
    .with_for_update(key_share=True)
)
CLAIM_KEY = upsert(IdempotencyKey).on_conflict_do_nothing().returning(IdempotencyKey.id)
STORE_ANSWER = update(IdempotencyKey).where(IdempotencyKey.id == bindparam("key_id"))
# A number that somebody chose by hand is passed over: then the insert returns nothing, and the next one is tried.
INSERT_CLAIM = upsert(Claim).on_conflict_do_nothing(index_elements=["claim_number"]).returning(claims.c.id)
INSERT_HISTORY, INSERT_AUDIT = insert(ClaimHistory.__table__).inline(), insert(AuditEntry.__table__).inline()


async def file_claim(engine: AsyncEngine, request: Request, body: ClaimIn, who: Caller, idempotency_key: str) -> Response:
    """All of it or nothing: the key, the number, the claim, its history, the audit entry, the stored answer."""
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
        row = await insert_claim(connection, body, now, policy.last)
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


async def insert_claim(connection: AsyncConnection, body: ClaimIn, now: datetime, last: int) -> dict[str, Any]:
    """The claim's row under this number of the year, or the next that is free."""
    row: dict[str, Any] = {
        "id": uuid7(),
        "created_at": now,
        "updated_at": now,
        "version": 1,
        "amount_is_minimum": False,
        "status": "pending",
        "stage": "triaged",
        "jurisdiction": "",
        "reported_date": now,
        "due_at": due_after(now),
        "paid_amount": Decimal("0.00"),
        **body.model_dump(),
        **dict.fromkeys(
            (
                *("processed_date", "closed_at", "reopened_at", "appealed_at"),
                *("approved_amount", "proposed_amount", "depreciation", "assignee_id", "proposed_by_id"),
            )
        ),
    }
    while True:
        row["claim_number"] = f"CLM-{now.year}-{last:06d}"
        if (await connection.execute(INSERT_CLAIM, row)).scalar() is not None:
            return row
        last = (await connection.execute(NEXT_NUMBER)).scalar_one()


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
