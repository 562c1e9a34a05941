"""The platform serves as a role that owns nothing: everything of the trade works, and no safeguard can be switched off. PostgreSQL only.

Decision 0195. How the role gets its rights, and what is said where they are wrong: tests/security/test_application_rights.py.
"""

import gzip
import os
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from psycopg import sql

from claims.intake.models import Queue
from claims.services import approve_claim, pay_claim
from customers.services import request_erasure
from policies.billing.services import receive_payment
from tests import needs
from tests.billing.books import booked
from tests.databases import own_database
from tests.factories import PASSWORD, PolicyFactory, adjuster, staff, started_claim, submitted_claim, supervisor
from tests.live import LiveServer, live_server, manage
from tests.security.application import ROLE, as_application, run
from tests.security.trail import of_row
from vanguard import rights
from vanguard.trail.models import AuditLink
from vanguard.trail.sealing import seal

pytestmark = [pytest.mark.django_db, needs.postgresql]
LIVE_ROLE = f"vanguard_live_{os.getpid()}"
BOOK = Path(__file__).resolve().parents[2] / "data" / "prism.csv.gz"
REFUSED = r"denied|must be owner|permission|must be superuser"
# What would switch off a safeguard, or rewrite what was recorded.
FORBIDDEN = [
    "ALTER TABLE claims_claim DISABLE TRIGGER ALL",
    "ALTER TABLE claims_claimpayment DISABLE TRIGGER USER",
    "DROP TRIGGER recorded_update ON claims_claim",
    "ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY",
    "DROP POLICY own_rows ON customers_customer",
    "SET session_replication_role = replica",
    "INSERT INTO audit_record (at, table_name, row_id, operation, transaction, actor, correlation_id, address) "
    "VALUES (now(), 'claims_claim', '1', 'update', 1, '', '', '')",
    "UPDATE audit_record SET actor = ''",
    "DELETE FROM audit_record",
    "UPDATE audit_link SET digest = ''",
    "DELETE FROM audit_link",
    "DELETE FROM audit_head",
    "UPDATE audit_key SET wrapped = ''",
    "TRUNCATE audit_head",
    "UPDATE auditlog_logentry SET actor_id = NULL",
    "DELETE FROM auditlog_logentry",
    "TRUNCATE claims_claim CASCADE",
    "DROP TABLE claims_claimnote",
    "DELETE FROM django_migrations",
    "CREATE TABLE forged (id int)",
    "CREATE TEMP TABLE forged (id int); CREATE TRIGGER forging AFTER INSERT ON forged REFERENCING NEW TABLE AS after_it "
    "FOR EACH STATEMENT EXECUTE FUNCTION vanguard_record_rows('id', '{}')",
    "CREATE ROLE another SUPERUSER",
    "GRANT ALL ON audit_record TO CURRENT_USER WITH GRANT OPTION; DELETE FROM audit_record",
]

TRIGGERS_OF_ANY_PATH = """
    SELECT proname FROM pg_proc WHERE pronamespace = current_schema()::regnamespace AND prorettype = 'trigger'::regtype
    AND NOT coalesce(proconfig, '{}') @> ARRAY[format('search_path=%I, pg_temp', current_schema())] ORDER BY 1
"""


@pytest.fixture
def role() -> str:
    """Gone with the test's transaction."""
    rights.give(ROLE)
    return ROLE


@pytest.mark.usefixtures("role")
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_what_would_switch_a_safeguard_off_is_denied(statement: str) -> None:
    submitted_claim()
    as_application()
    with pytest.raises(ProgrammingError, match=REFUSED), transaction.atomic():
        run(statement)


@pytest.mark.usefixtures("role")
def test_what_was_booked_stays_whatever_tables_of_its_own_the_role_has() -> None:
    """A trigger that asked the session's tables first would find nothing paid in an empty one."""
    receive_payment(None, booked("100.00").policy_id, amount=Decimal("10.00"), method="card")
    as_application()
    run("CREATE TEMP TABLE billing_ledgerentry (id uuid, account_id uuid, kind text)")
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        run("DELETE FROM public.billing_ledgerentry")
    run("CREATE TEMP TABLE policies_policy (id uuid)")
    with pytest.raises(IntegrityError, match="never changed or deleted"), transaction.atomic():
        run("DELETE FROM policies_policyversion")
    run("SET LOCAL search_path = pg_temp, public")
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        run("DELETE FROM public.billing_ledgerentry")


def test_every_function_of_a_trigger_looks_at_our_tables_only() -> None:
    """One that a migration makes, or replaces, is made with SET search_path = <schema>, pg_temp: replacing takes away what it had."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGERS_OF_ANY_PATH)
        assert [name for (name,) in cursor.fetchall()] == []


@pytest.mark.usefixtures("role")
def test_a_claim_is_filed_approved_and_paid_and_what_changed_is_recorded_and_sealed() -> None:
    as_application()
    claim = approve_claim(supervisor(), started_claim(adjuster(), PolicyFactory.create()).pk)
    pay_claim(claim.assignee, claim.pk)
    assert claim.payments.exists()
    run("SET CONSTRAINTS ALL IMMEDIATE")
    seal()  # of this very transaction nothing can be sealed yet: that it may look and sign is what is asked
    run("INSERT INTO audit_link (sequence, record_id, digest) SELECT 0, max(id), '' FROM audit_record")
    assert AuditLink.objects.filter(sequence=0).exists()


@pytest.mark.usefixtures("role")
def test_what_it_changes_is_recorded() -> None:
    queue = Queue.objects.order_by("pk")[0]
    as_application()
    Queue.objects.filter(pk=queue.pk).update(name="By the application")
    assert of_row(queue.pk)[-1].new == {"name": "By the application"}


@pytest.mark.usefixtures("role")
def test_a_customer_is_erased() -> None:
    customer = PolicyFactory.create().customer
    as_application()
    request_erasure(staff("Compliance"), customer.pk, reason="By letter", confirm_email=customer.email)


SEED = """
from tests.factories import PolicyFactory, adjuster, superuser
adjuster(email="maya@vanguard.example")
superuser(email="grace@vanguard.example")
PolicyFactory.create(policy_number="POL-ROLE")
"""
JOBS = (
    *("expire_policies", "offer_renewals", "chase_unpaid", "make_policy_papers", "make_examination_packs", "deliver_mail"),
    *("deliver_webhooks", "scan_documents", "apply_retention", "audit_seal", "verify_all"),
)


@pytest.fixture(scope="module")
def server(django_db_setup: None, django_db_blocker: Any) -> Iterator[LiveServer]:
    """The real platform: the owner migrates, and is told who serves; then it serves as that one."""
    on = urlsplit(os.environ["DATABASE_URL"])
    with own_database(django_db_blocker, "application_role") as url:
        serving = urlsplit(url)._replace(netloc=f"{LIVE_ROLE}:a-secret@{on.hostname}:{on.port or 5432}").geturl()
        try:
            manage({**os.environ, "ENVIRONMENT": "test", "DATABASE_URL": url, "APPLICATION_DATABASE_URL": serving}, "migrate")
            with live_server({"DATABASE_URL": serving, "DATABASE_POOL_SIZE": "4"}, seed=SEED) as running:
                yield running
        finally:
            forget(url, LIVE_ROLE)


def logged_in(server: LiveServer, email: str) -> httpx.Client:
    answer = httpx.post(f"{server.url}/api/auth/token", json={"email": email, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    token = answer.json()["data"]["accessToken"]
    return httpx.Client(base_url=f"{server.url}/api", headers={"Authorization": f"Bearer {token}"}, timeout=30)


@pytest.mark.slow
def test_the_real_platform_files_approves_pays_imports_seals_and_verifies_as_the_role(server: LiveServer, tmp_path: Path) -> None:
    maya = logged_in(server, "maya@vanguard.example")
    policy = maya.get("/policies/by-number/POL-ROLE").json()["data"]
    loss = {"policyId": policy["id"], "claimType": "fire", "claimAmount": 3000, "description": "A pan", "incidentDate": policy["startDate"]}
    claim = maya.post("/claims", json=loss).json()["data"]["id"]
    for step, body in (("assign", {}), ("start", {}), ("approve", {}), ("pay", {"amount": 100})):
        answer = maya.post(f"/claims/{claim}/{step}", json=body)
        assert answer.status_code == 200, (step, answer.text)
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=30) as desk:
        _, _, token = desk.get("/admin/login/").text.partition('name="csrfmiddlewaretoken" value="')
        form = {"csrfmiddlewaretoken": token.partition('"')[0], "username": "grace@vanguard.example", "password": PASSWORD}
        page = desk.post("/admin/login/", data=form, headers={"Referer": server.url})
        assert (page.status_code, "Your account" in page.text) == (200, True)
        assert desk.get(f"/admin/claims/claim/{claim}/change/").status_code == 200
    some = tmp_path / "some.csv"
    some.write_bytes(b"".join(gzip.decompress(BOOK.read_bytes()).splitlines(keepends=True)[:20]))
    server.manage("import_claims", str(some))
    for job in JOBS:
        server.manage(job)
    assert not [line for line in server.log_lines() if line["level"] == "ERROR"]


@pytest.mark.slow
@pytest.mark.parametrize("statement", FORBIDDEN)
def test_nor_by_its_own_address(server: LiveServer, statement: str) -> None:
    with psycopg.connect(server.environment["DATABASE_URL"]) as straight, pytest.raises(psycopg.Error, match=REFUSED):
        straight.execute(statement)


@pytest.mark.slow
@pytest.mark.parametrize("serves_there", [ROLE, "", f"another_{ROLE}"], ids=["the same", "nobody", "another"])
def test_a_backup_is_put_back_where_nobody_knows_the_role(
    django_db_setup: None, django_db_blocker: Any, tmp_path: Path, serves_there: str
) -> None:
    """By the owner, as `migrate` works: another server does not have the role that the backup names, and may be served as another."""
    with own_database(django_db_blocker, "without_role") as url:
        serving = f"postgres://{ROLE}:a-secret@127.0.0.1/vanguard"
        told = {"ENVIRONMENT": "test", "DATABASE_URL": url, "APPLICATION_DATABASE_URL": serving, "VAR_DIR": str(tmp_path / "var")}
        owner = {**os.environ, **told, "MEDIA_ROOT": str(tmp_path / "documents"), "ERASURE_LEDGER": str(tmp_path / "erased.jsonl")}
        try:
            manage(owner, "grant_application_role")
            manage(owner, "backup", str(tmp_path / "backups"))
            forget(url, ROLE)
            [backup] = (tmp_path / "backups").glob("vanguard-*Z")
            there = owner | {"APPLICATION_DATABASE_URL": serving.replace(ROLE, serves_there) if serves_there else ""}
            manage(there, "restore", str(backup), "--replace")
            assert manage(there, "grant_application_role", "--print", "--if-any") == ""
            with psycopg.connect(url) as straight:
                found = straight.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone()
                assert found == (serves_there == ROLE,), "who does not serve here cannot log in"
        finally:
            forget(url, ROLE)
            forget(url, f"another_{ROLE}")


def forget(url: str, role: str) -> None:
    with psycopg.connect(url, autocommit=True) as last:
        if last.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None:
            last.execute(sql.SQL("DROP OWNED BY {0}").format(sql.Identifier(role)))
            last.execute(sql.SQL("DROP ROLE {0}").format(sql.Identifier(role)))
