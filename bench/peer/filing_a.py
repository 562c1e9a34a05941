"""W3 of peer A: a first notice with all that ours leaves behind, with entities and a session, one thing after another."""

import json
from datetime import UTC, datetime
from uuid import uuid4

from common import BOX, ClaimIn, check_dates, timestamp
from fastapi import HTTPException, Request, Response
from rules import (
    A_YEAR,
    MOST,
    SAME_DAY,
    Neighbour,
    changes_of,
    clocks_of,
    cover_of,
    due_of,
    entry_of,
    jurisdiction_of,
    links_of,
    triage_of,
)
from shapes_a import Answer, Caller, ClaimOut
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer
from tables import (
    AuditEntry,
    Claim,
    ClaimLink,
    Clock,
    ClockRule,
    CoverageCheck,
    Customer,
    DiaryEntry,
    DiaryRule,
    Holiday,
    Policy,
    Queue,
    Triage,
    TriageRule,
)
from thin_a import audit_of, claim_key, event_of, first_answer, history_of, log, new_claim, next_number


async def file_claim(request: Request, body: ClaimIn, db: AsyncSession, who: Caller, idempotency_key: str) -> Response:
    """All of it or nothing: the key, the number, the claim with everything that belongs to it, the stored answer."""
    now = datetime.now(UTC)
    check_dates(body.incident_date, now)
    key = await claim_key(request, db, who, idempotency_key, now)
    if key.status:
        return first_answer(key)
    # The triggers that record changes write down who made them.
    acting = (str(who.user.id), request.state.correlation_id, request.client.host if request.client else "127.0.0.1")
    await db.execute(select(func.set_config("vanguard.acting", "\t".join(acting), True)))
    locked = select(Policy).where(Policy.id == body.policy_id).with_for_update(key_share=True).options(undefer(Policy.booked_versions))
    policy = (await db.execute(locked)).scalar_one_or_none()
    if policy is None:
        raise HTTPException(404, "There is no such policy.")
    cover = cover_of(policy, body.incident_date, now)
    claim = new_claim(body, await next_number(db, now.year), now)
    links = await links_for(db, claim)
    claim.jurisdiction = jurisdiction_of(await db.scalar(select(Customer.address).where(Customer.id == policy.customer_id)))
    clocks = await clocks_for(db, claim)
    claim.due_at = due_of(clocks)
    triage = await triage_for(db, claim)
    db.add(claim)
    await db.flush()
    db.add_all([history_of(claim, who, request), triage, *clocks, *links, await entry_for(db, claim, triage.severity)])
    db.add_all([check_for(claim, policy, who, *cover), entry_of_audit(claim, who, request)])
    content = Answer[ClaimOut](data=ClaimOut.model_validate(claim), message="The claim is filed.", timestamp=timestamp())
    text = content.model_dump_json(by_alias=True, exclude_none=True)
    headers = {"ETag": f'"{claim.version}"', "Location": f"/api/claims/{claim.id}"}
    key.status, key.headers, key.body = 201, headers, BOX.encrypt(text.encode())
    await db.commit()
    log.info(json.dumps(event_of(claim, who, request)))
    return Response(text, 201, headers, "application/json; charset=utf-8")


async def links_for(db: AsyncSession, claim: Claim) -> list[ClaimLink]:
    """To the claims on the policy whose loss is of the same day. The policy is locked by now, so nobody else files on it meanwhile."""
    near = select(Claim.id, Claim.claim_type, Claim.incident_date).where(Claim.policy_id == claim.policy_id)
    near = near.where(Claim.incident_date > claim.incident_date - SAME_DAY, Claim.incident_date < claim.incident_date + SAME_DAY)
    found = (await db.execute(near.order_by(Claim.incident_date, Claim.id).limit(MOST))).all()
    links = links_of(claim.claim_type, claim.incident_date, [Neighbour(*row) for row in found])
    about = {"later_id": claim.id, "reason": "", "at": claim.created_at}
    return [ClaimLink(id=uuid4(), earlier_id=link.earlier_id, kind=link.kind, **about) for link in links]


async def clocks_for(db: AsyncSession, claim: Claim) -> list[Clock]:
    day, places = claim.reported_date.date(), ("", claim.jurisdiction)
    rules = (await db.scalars(select(ClockRule).where(ClockRule.starts == "report", ClockRule.jurisdiction.in_(places)))).all()
    near = select(Holiday.date).where(Holiday.jurisdiction.in_(places), Holiday.date >= day, Holiday.date < day + A_YEAR)
    holidays = set((await db.scalars(near)).all())
    about = {
        "claim_id": claim.id,
        "since": "report",
        "started_at": claim.reported_date,
        "ended_by": "",
        "met": False,
        "extension_reason": "",
    }
    return [
        Clock(id=uuid4(), rule_id=each.rule_id, kind=each.kind, days=each.days, due_at=each.due_at, **about)
        for each in clocks_of(rules, holidays, claim.jurisdiction, day)
    ]


async def triage_for(db: AsyncSession, claim: Claim) -> Triage:
    live = select(TriageRule).join(Queue, Queue.id == TriageRule.queue_id).where(TriageRule.active, Queue.active)
    rules = (await db.scalars(live.order_by(TriageRule.position))).all()
    rule = triage_of(rules, claim.claim_type, claim.claim_amount, claim.description)
    return Triage(
        claim_id=claim.id, severity=rule.severity, queue_id=rule.queue_id, role_id=rule.role_id, rule_id=rule.id, at=claim.created_at
    )


async def entry_for(db: AsyncSession, claim: Claim, severity: str) -> DiaryEntry:
    entry = entry_of((await db.scalars(select(DiaryRule))).all(), claim.stage, severity, claim.created_at.date())
    made = {"created_at": claim.created_at, "updated_at": claim.created_at, "version": 1}
    return DiaryEntry(id=uuid4(), claim_id=claim.id, due_on=entry.due_on, what=entry.what, ending="", outcome="", **made)


def check_for(claim: Claim, policy: Policy, who: Caller, starts_at: datetime, ends_at: datetime) -> CoverageCheck:
    return CoverageCheck(
        id=uuid4(),
        claim_id=claim.id,
        step="submit",
        actor_id=who.user.id,
        made_at=claim.created_at,
        incident_date=claim.incident_date,
        policy_version=policy.booked_versions,
        starts_at=starts_at,
        ends_at=ends_at,
        in_force=True,
        limit=policy.coverage_amount,
        deductible=policy.deductible_amount,
        coverage="",
        coverage_name="",
    )


def entry_of_audit(claim: Claim, who: Caller, request: Request) -> AuditEntry:
    entry = audit_of(claim, who, request)
    entry.changes = changes_of({column.key: getattr(claim, column.key) for column in Claim.__table__.columns})
    return entry
