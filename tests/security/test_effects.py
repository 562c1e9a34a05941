"""What opening an address must leave undone is seen in whatever form it is sent: one statement each, or all in one WITH."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.calling import Caller
from tests.claims.test_filing import notice
from tests.factories import PolicyFactory, policyholder
from tests.security.effects import tables_of, written


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ('INSERT INTO "claims_claim" ("id") VALUES (%s)', {"claims_claim"}),
        ("\n  UPDATE ONLY claims_claim SET version = 2", {"claims_claim"}),
        ("/* by hand */ DELETE FROM claims_claim", {"claims_claim"}),
        ("INSERT OR IGNORE INTO tags VALUES (1)", {"tags"}),
        ("TRUNCATE TABLE tags", {"tags"}),
        ("SELECT 1; DELETE FROM tags", {"tags"}),
        ('WITH c0 AS (INSERT INTO "a" ("n") VALUES ($1)), c1 AS (UPDATE "b" SET "n" = $2) INSERT INTO "c" VALUES ($3)', {"a", "b", "c"}),
        ("WITH gone AS MATERIALIZED (DELETE FROM tags RETURNING id) SELECT count(*) FROM gone", {"tags"}),
        ("WITH open AS (SELECT id FROM tags) UPDATE claims_claim SET version = 2", {"claims_claim"}),
        ("INSERT INTO tags VALUES (1) ON CONFLICT (id) DO UPDATE SET n = 2", {"tags"}),
        ("SELECT * FROM tags WHERE (n = 1) FOR UPDATE OF tags", set()),
        ("WITH locked AS (SELECT 1 FROM tags FOR NO KEY UPDATE) SELECT * FROM locked", set()),
        ("SELECT (REPLACE(name, 'a', 'b')), \"update\" FROM tags", set()),
        ("SELECT 'it''s (DELETE FROM tags)' -- ; DROP TABLE tags", set()),
    ],
)  # fmt: skip
def test_each_table_that_a_statement_writes_to_is_found_and_no_other(sql: str, tables: set[str]) -> None:
    assert tables_of(sql) == tables


@pytest.mark.django_db
def test_a_filing_is_seen_to_write_however_its_database_is_told() -> None:
    policy = PolicyFactory.create()
    caller = Caller(policyholder(policy.customer))
    with CaptureQueriesContext(connection) as sent, written() as tables:
        assert caller.send("POST", "/claims", notice(policy)).status == 201
    assert {"claims_claim", "claims_claimtransition", "auditlog_logentry"} <= tables
    together = [each["sql"] for each in sent if each["sql"].startswith("WITH c0 AS (")]
    assert bool(together) == (connection.vendor == "postgresql")
