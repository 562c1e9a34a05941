"""What a filing leaves behind, table by table: ours held against a peer's, every column but what differs by nature."""

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from psycopg import Connection, sql

from bench.databases import Database

# What each is found by, and whether the thin peers leave it too.
NOTICE = {
    "claims_claim": "id",
    "claims_claimtransition": "claim_id",
    "auditlog_logentry": "object_pk",
    "vanguard_idempotencykey": "headers ->> 'Location'",
}
IN_FULL = {
    **NOTICE,
    "intake_triage": "claim_id",
    "intake_claimlink": "later_id",
    "clocks_clock": "claim_id",
    "diary_diaryentry": "claim_id",
    "decisions_coveragecheck": "claim_id",
    "audit_record": "correlation_id",
}
# New in each row, or of each server's own loss: only whether there is something is compared.
BY_NATURE = {
    *("id", "claim_id", "earlier_id", "later_id", "object_pk", "object_repr", "row_id", "claim_number", "transaction"),
    *("at", "created_at", "updated_at", "made_at", "started_at", "reported_date", "timestamp", "incident_date"),
    *("cid", "correlation_id", "key", "body_digest", "body", "Location"),
}
# The peers name the entity itself.
OF_DJANGO = {"content_type_id", "entity"}


def left_behind(database: Database, claim_id: str, *, thin: bool, by_peer: bool) -> dict[str, list[Any]]:
    """The rows of the claim's filing, by the table's name with us, in an order that does not depend on ids."""
    with database.connect() as connection:
        names = _twins(connection)
        correlation = _correlation(connection, names, claim_id, by_peer)
        found = {}
        for ours, column in (NOTICE if thin else IN_FULL).items():
            wanted = {"correlation_id": correlation, "headers ->> 'Location'": f"/api/claims/{claim_id}"}.get(column, claim_id)
            table = sql.Identifier("peer", names[ours]) if by_peer else sql.Identifier(ours)
            rows = connection.execute(
                sql.SQL("SELECT to_jsonb(each) AS row FROM {} AS each WHERE ({})::text = %s").format(table, sql.SQL(column)), [wanted]
            )
            called = {peers: ours for ours, peers in names.items()} if by_peer else {}
            # Thin peers write as many rows of the notice, in an audit entry of another form.
            found[ours] = [rows.rowcount] if thin else sorted((_comparable(row, called) for (row,) in rows), key=str)
    return found


def differing(expected: Mapping[str, list[Any]], got: Mapping[str, list[Any]]) -> Iterator[str]:
    """A sentence for each table."""
    for table, rows in expected.items():
        if rows != got[table]:
            yield f"{table}: {got[table]} and not {rows}"


def _twins(connection: Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT ours::text, peers FROM peer.twins").fetchall())


def _correlation(connection: Connection, names: Mapping[str, str], claim_id: str, by_peer: bool) -> str:
    table = sql.Identifier("peer", names["claims_claimtransition"]) if by_peer else sql.Identifier("claims_claimtransition")
    row = connection.execute(sql.SQL("SELECT correlation_id FROM {} WHERE claim_id = %s").format(table), [UUID(claim_id)]).fetchone()
    return str(row[0]) if row else ""


def _comparable(value: Any, called: Mapping[str, str], name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _comparable(inner, called, key) for key, inner in sorted(value.items()) if key not in OF_DJANGO}
    if name in BY_NATURE:
        return "there" if value is not None else None
    if name == "table_name":
        return called.get(value, value)
    return value
