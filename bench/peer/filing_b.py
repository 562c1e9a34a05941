"""W3 of peer B: a first notice with all that ours leaves behind, in as few statements as can be: one that reads, one that writes.

With BEGIN and COMMIT that is four round trips. The SQL is text, written once by hand: SQLAlchemy has nothing to compose at a request, what
is the same for every filing stands in the statement, and only what differs is bound. asyncpg prepares each statement once a connection.
"""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import orjson
from answers_b import JSON, Caller, content_of, exact, log, shown
from common import BOX, KEY_KEPT, ClaimIn, check_dates, digest_of
from contract import CLAIM_FIELDS
from fastapi import HTTPException, Request, Response
from pydantic.alias_generators import to_camel
from rules import (
    A_YEAR,
    MOST,
    SAME_DAY,
    Clock,
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
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tables import ClockRule, DiaryRule, Holiday, IdempotencyKey, Queue, TriageRule
from thin_b import event_of
from uuid_utils.compat import uuid7

CLAIM_NAMES = [(name, to_camel(name)) for name in CLAIM_FIELDS]
# Which versions of the rules' rows there are: a change gives a row another place and another transaction. So a change counts from its
# commit on, as with ours, and the rules themselves are read only where they are not the remembered ones.
VERSIONS = " || '/' || ".join(
    f"(SELECT coalesce(string_agg(ctid::text || xmin::text, ' '), '') FROM {rows})"  # noqa: S608  # names from here
    for rows in (
        "triage_rules",
        "queues",
        "clock_rules WHERE starts = 'report'",
        "holidays WHERE date >= :today AND date < :until",
        "diary_rules",
    )
)
# All that has to be known, at once: the policy, locked; who acts, for the trail's triggers; the claims near the loss, by the platform's own
# function, because one that looks before the lock is waited for would miss who filed just now; the insured's address; a number.
READ = text(f"""
    WITH cover AS (
        SELECT id, policy_number, start_date, end_date, cancelled_at, lapses_at, booked_versions,
            coverage_amount, deductible_amount, customer_id
        FROM policies WHERE id = :policy_id FOR NO KEY UPDATE
    )
    SELECT cover.*, set_config('vanguard.acting', :acting, true), intake_claims_near(:policy_id, :after, :before, {MOST}) AS near,
        (SELECT address FROM customers WHERE id = cover.customer_id) AS address,
        drawn.number, EXISTS (SELECT 1 FROM claims WHERE claim_number = drawn.number) AS taken, {VERSIONS} AS versions
    FROM cover CROSS JOIN LATERAL (
        SELECT :series || lpad(last::text, greatest(6, length(last::text)), '0') AS number FROM nextval('claim_numbers') AS last OFFSET 0
    ) AS drawn
""")  # noqa: S608  # names from above
NEXT_NUMBER = text("""
    SELECT drawn.number, EXISTS (SELECT 1 FROM claims WHERE claim_number = drawn.number) AS taken FROM (
        SELECT :series || lpad(last::text, greatest(6, length(last::text)), '0') AS number FROM nextval('claim_numbers') AS last OFFSET 0
    ) AS drawn
""")
# Only where there are any: an INSERT of no rows would start the trail's trigger all the same.
LINKS = """
    linked AS (
        INSERT INTO claim_links (id, later_id, earlier_id, kind, reason, at)
        SELECT link, :claim_id, earlier, kind, '', :now FROM unnest(
            CAST(:link_ids AS uuid[]), CAST(:earlier_ids AS uuid[]), CAST(:link_kinds AS text[])
        ) AS links (link, earlier, kind)
    ),
"""
# All rows at once, the key with the answer last: who comes with the same key meanwhile waits there, and is rolled back.
WRITE, WRITE_LINKED = (
    text(f"""
    WITH filed AS (
        INSERT INTO claims (id, created_at, updated_at, version, claim_number, claim_type, claim_amount, amount_is_minimum, status, stage,
            description, incident_date, reported_date, due_at, paid_amount, policy_id, jurisdiction)
        VALUES (:claim_id, :now, :now, 1, :claim_number, :claim_type, :claim_amount, false, 'pending', 'triaged',
            :description, :incident_date, :now, :due_at, 0, :policy_id, :jurisdiction)
    ), stepped AS (
        INSERT INTO claim_history
            (id, at, command, from_status, to_status, reason, correlation_id, stage, amount, basis, actor_id, claim_id)
        VALUES (:step_id, :now, 'submit', '', 'pending', '', :correlation_id, 'triaged', :claim_amount, '', :actor_id, :claim_id)
    ), sorted AS (
        INSERT INTO triage (claim_id, severity, queue_id, role_id, rule_id, at)
        VALUES (:claim_id, :severity, :queue_id, :role_id, :triage_rule_id, :now)
    ), started AS (
        INSERT INTO clocks (id, claim_id, rule_id, kind, days, since, started_at, due_at, ended_by, met, extension_reason)
        SELECT clock, :claim_id, rule, kind, days, 'report', :now, due_at, '', false, '' FROM unnest(
            CAST(:clock_ids AS uuid[]), CAST(:rule_ids AS bigint[]), CAST(:kinds AS text[]), CAST(:days AS smallint[]),
            CAST(:dues AS timestamptz[])
        ) AS clocks (clock, rule, kind, days, due_at)
    ), {links} noted AS (
        INSERT INTO diary_entries (id, created_at, updated_at, version, claim_id, due_on, what, ending, outcome)
        VALUES (:entry_id, :now, :now, 1, :claim_id, :due_on, :what, '', '')
    ), checked AS (
        INSERT INTO coverage_checks (id, claim_id, step, actor_id, made_at, incident_date, policy_version, starts_at, ends_at, in_force,
            "limit", deductible, coverage, coverage_name)
        VALUES (:check_id, :claim_id, 'submit', :actor_id, :now, :incident_date, :policy_version, :starts_at, :ends_at, true,
            :limit, :deductible, '', '')
    ), told AS (
        INSERT INTO audit_log
            (object_pk, object_repr, action, changes, timestamp, remote_addr, cid, changes_text, actor_email, actor_id, entity)
        VALUES (:object_pk, :claim_number, 0, :changes, :now, :address, :correlation_id, '', :actor_email, :actor_id, 'claim')
    )
    INSERT INTO idempotency_keys (user_id, method, path, key, body_digest, status, headers, body, created_at)
    VALUES (:actor_id, :method, :path, :key, :body_digest, 201, :headers, :body, :now)
""")  # noqa: S608  # one of two texts from above
    for links in ("", LINKS)
)


class Rules:
    """The rules as of one version of their rows, made ready: what follows from them alone is worked out once."""

    remembered: ClassVar["Rules | None"] = None

    def __init__(self, versions: str, triage: list[Any], clocks: list[Any], holidays: list[Any], diary: list[Any]) -> None:
        self.versions, self.triage, self.diary = versions, triage, diary
        self._clocks, self._holidays = clocks, holidays
        self._known: dict[tuple[str, date], list[Clock]] = {}

    def clocks(self, jurisdiction: str, day: date) -> list[Clock]:
        if (found := self._known.get((jurisdiction, day))) is None:
            holidays = {each.date for each in self._holidays if each.jurisdiction in ("", jurisdiction)}
            found = self._known[jurisdiction, day] = clocks_of(self._clocks, holidays, jurisdiction, day)
        return found


async def rules_of(connection: AsyncConnection, versions: str, today: date) -> Rules:
    """The rules that stand now: the remembered ones, or read anew."""
    known = Rules.remembered
    if known is None or known.versions != versions:
        rules, queues, holidays = TriageRule.__table__, Queue.__table__, Holiday.__table__
        live = select(rules).join(queues, queues.c.id == rules.c.queue_id).where(rules.c.active, queues.c.active).order_by(rules.c.position)
        clocks = select(ClockRule.__table__).where(ClockRule.starts == "report")
        near = select(holidays).where(holidays.c.date >= today, holidays.c.date < today + A_YEAR)
        found = [list((await connection.execute(rows)).all()) for rows in (live, clocks, near, select(DiaryRule.__table__))]
        known = Rules.remembered = Rules(versions, *found)
    return known


class Filed(NamedTuple):
    """What was filed, for the answer and the line of the event."""

    row: dict[str, Any]
    content: bytes
    headers: dict[str, str]


async def file_claim(engine: AsyncEngine, request: Request, body: ClaimIn, who: Caller, idempotency_key: str) -> Response:
    """All of it or nothing. A refusal may only mean that it has been done: the key is looked up before one is told."""
    key = {"actor_id": who.id, "method": request.method, "path": request.url.path, "key": idempotency_key}
    digest = digest_of(await request.body())
    try:
        async with engine.begin() as connection:
            filed = await _file(connection, request, body, who, key | {"body_digest": digest})
    except (HTTPException, IntegrityError):
        if (answer := await first_answer(engine, key, digest)) is not None:
            return answer
        raise
    log.info(orjson.dumps(event_of(filed.row, who, request), exact).decode())
    return Response(filed.content, 201, filed.headers, JSON)


async def _file(connection: AsyncConnection, request: Request, body: ClaimIn, who: Caller, key: dict[str, Any]) -> Filed:
    now = datetime.now(UTC)
    check_dates(body.incident_date, now)
    today, correlation_id, address = now.date(), request.state.correlation_id, request.client.host if request.client else "127.0.0.1"
    asked = {
        "policy_id": body.policy_id,
        "acting": f"{who.id}\t{correlation_id}\t{address}",
        "after": body.incident_date - SAME_DAY,
        "before": body.incident_date + SAME_DAY,
        "series": f"CLM-{now.year}-",
        "today": today,
        "until": today + A_YEAR,
    }
    policy = (await connection.execute(READ, asked)).first()
    if policy is None:
        raise HTTPException(404, "There is no such policy.")
    cover = cover_of(policy, body.incident_date, now)
    rules = await rules_of(connection, policy.versions, today)
    jurisdiction = jurisdiction_of(policy.address)
    clocks = rules.clocks(jurisdiction, today)
    triage = triage_of(rules.triage, body.claim_type, body.claim_amount, body.description)
    entry = entry_of(rules.diary, "triaged", triage.severity, today)
    links = links_of(body.claim_type, body.incident_date, _neighbours(policy.near))
    row: dict[str, Any] = {
        "id": uuid7(),
        "created_at": now,
        "updated_at": now,
        "version": 1,
        "claim_number": policy.number if not policy.taken else await _free_number(connection, asked["series"]),
        "amount_is_minimum": False,
        "status": "pending",
        "stage": "triaged",
        "jurisdiction": jurisdiction,
        "reported_date": now,
        "due_at": due_of(clocks),
        "paid_amount": Decimal("0.00"),
        **body.model_dump(),
        **dict.fromkeys(
            ("processed_date", "closed_at", "appealed_at", "approved_amount", "proposed_amount", "depreciation", "assignee_id")
        ),
    }
    content = content_of(shown(row, CLAIM_NAMES), "The claim is filed.")
    headers = {"ETag": '"1"', "Location": f"/api/claims/{row['id']}"}
    given = key | {
        "claim_id": row["id"],
        "now": now,
        "claim_number": row["claim_number"],
        "claim_type": body.claim_type,
        "claim_amount": body.claim_amount,
        "description": body.description,
        "incident_date": body.incident_date,
        "due_at": row["due_at"],
        "policy_id": body.policy_id,
        "jurisdiction": jurisdiction,
        "step_id": uuid7(),
        "correlation_id": correlation_id,
        "severity": triage.severity,
        "queue_id": triage.queue_id,
        "role_id": triage.role_id,
        "triage_rule_id": triage.id,
        "clock_ids": [uuid7() for _ in clocks],
        "rule_ids": [clock.rule_id for clock in clocks],
        "kinds": [clock.kind for clock in clocks],
        "days": [clock.days for clock in clocks],
        "dues": [clock.due_at for clock in clocks],
        "entry_id": uuid7(),
        "due_on": entry.due_on,
        "what": entry.what,
        "check_id": uuid7(),
        "policy_version": policy.booked_versions,
        "starts_at": cover.starts_at,
        "ends_at": cover.ends_at,
        "limit": policy.coverage_amount,
        "deductible": policy.deductible_amount,
        "object_pk": str(row["id"]),
        "changes": orjson.dumps(changes_of(row)).decode(),
        "address": address,
        "actor_email": who.email,
        "headers": orjson.dumps(headers).decode(),
        "body": BOX.encrypt(content),
    }
    if links:
        given["link_ids"] = [uuid7() for _ in links]
        given["earlier_ids"] = [link.earlier_id for link in links]
        given["link_kinds"] = [link.kind for link in links]
    await connection.execute(WRITE_LINKED if links else WRITE, given)
    return Filed(row, content, headers)


def _neighbours(near: str) -> list[Neighbour]:
    return [Neighbour(UUID(key), kind, datetime.fromisoformat(at)) for key, _, kind, at in json.loads(near)] if near != "[]" else []


async def _free_number(connection: AsyncConnection, series: str) -> str:
    """One that somebody chose by hand is passed over."""
    while (drawn := (await connection.execute(NEXT_NUMBER, {"series": series})).one()).taken:
        pass
    return str(drawn.number)


async def first_answer(engine: AsyncEngine, key: dict[str, Any], digest: str) -> Response | None:
    """What the key's first request was answered; None where there was none. Raises HTTPException 409 for another body."""
    keys = IdempotencyKey.__table__
    its = select(keys).where(keys.c.user_id == key["actor_id"], *(keys.c[name] == key[name] for name in ("method", "path", "key")))
    async with engine.connect() as connection:
        stored = (await connection.execute(its)).first()
    if stored is None:
        return None
    if stored.body_digest != digest or stored.created_at < datetime.now(UTC) - KEY_KEPT:
        raise HTTPException(409, "This Idempotency-Key came with another body before. Use a new key for a new request.")
    return Response(BOX.decrypt(stored.body), stored.status, stored.headers, JSON)
