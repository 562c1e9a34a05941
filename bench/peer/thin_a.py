"""W3 of thin peer A (BENCH_THIN_PEERS=1): the notice alone, with entities and a session."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from common import BOX, KEY_KEPT, ClaimIn, as_changes, check_cover, check_dates, digest_of, due_after, logger, timestamp
from contract import CLAIM_FIELDS
from fastapi import HTTPException, Request, Response
from shapes_a import Answer, Caller, ClaimOut
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from tables import CLAIM_NUMBERS, AuditEntry, Claim, ClaimHistory, IdempotencyKey, Policy

log = logger()


async def file_claim(request: Request, body: ClaimIn, db: AsyncSession, who: Caller, idempotency_key: str) -> Response:
    """All of it or nothing: the key, the number, the claim, its history, the audit entry, the stored answer."""
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
    """The next number of the sequence; one that somebody chose by hand is passed over."""
    while True:
        number = f"CLM-{year}-{await db.scalar(select(CLAIM_NUMBERS.next_value())):06d}"
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
        stage="triaged",
        jurisdiction="",
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
