"""R3: the worker is killed (-9) while a payment is approved: at each named point, and a little later each time from the first byte on.

The points are held open by triggers of the test that sleep, so that the kill comes then and not about then.
"""

import http.client
import json
import os
import signal
import threading
import time
from urllib.parse import urlsplit

import httpx

from tests.factories import PASSWORD
from tests.faults import figure, size
from tests.faults.load import EMAIL
from tests.faults.parts import Postgres, family, signal_all, until
from tests.live import LiveServer, live_server

STEPS, EACH = size("steps", 30), size("each", 5)
SEED = f"""
from decimal import Decimal
from claims.services import pay_claim
from tests.claims.test_payments import approved_claim, limited
from tests.factories import CustomerFactory, PolicyFactory, supervisor
CustomerFactory.reset_sequence(1_000)  # the first ones are there already
PolicyFactory.reset_sequence(1_000)
boss, maker = supervisor(), limited("100.00")
for _ in range({STEPS + 3 + 4 * EACH}):
    pay_claim(maker, approved_claim(maker, "4000.00", approver=boss).pk, amount=Decimal("500.00"))
"""
STATES = """
    SELECT p.id::text, p.status, p.approved_by_id IS NOT NULL, p.basis, count(t.id)
    FROM claims_claimpayment p LEFT JOIN claims_claimtransition t ON t.claim_id = p.claim_id AND t.command = 'approve_payment'
    GROUP BY p.id
"""
PAUSE = """
    CREATE FUNCTION fault_pause() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.status = 'approved' AND OLD.status = 'requested' THEN PERFORM pg_sleep(1); END IF;
        RETURN NEW;
    END $$
"""
ROW = "ON claims_claimpayment {} FOR EACH ROW EXECUTE FUNCTION fault_pause()"
LATE = f"CREATE CONSTRAINT TRIGGER fault AFTER UPDATE {ROW.format('DEFERRABLE INITIALLY DEFERRED')}"
# Where the worker is killed: the trigger that holds it there, whether the COMMIT is waited for, and what must be found.
POINTS = {
    "locked, before the UPDATE": (f"CREATE TRIGGER fault BEFORE UPDATE {ROW.format('')}", False, "requested"),
    "after the UPDATE": (f"CREATE TRIGGER fault AFTER UPDATE {ROW.format('')}", False, "requested"),
    # It has been sent: PostgreSQL goes through with it, whoever is gone.
    "in the COMMIT": (LATE, False, "approved"),
    "after the COMMIT, before the answer": (LATE, True, "approved"),
}
SLEEPS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"


def approve(server: LiveServer, token: str, path: str) -> int:
    """The answer's status; 0 where none came."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=30)
    try:
        connection.request("POST", path, json.dumps({}), {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


def is_up(server: LiveServer) -> bool:
    try:
        return httpx.get(f"{server.url}/health/live", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def killed_at(point: str, server: LiveServer, database: Postgres, token: str, path: str) -> int:
    """The answer's status, as of `approve`."""
    trigger, is_committed, _ = POINTS[point]
    until(lambda: is_up(server), "the next worker")
    database.query(trigger)
    statuses: list[int] = []
    asking = threading.Thread(target=lambda: statuses.append(approve(server, token, path)))
    workers = family(server.pid)[1:]
    asking.start()
    until(lambda: database.query(SLEEPS) == [(1,)], point)
    if is_committed:  # stopped, it can answer nobody meanwhile
        signal_all(workers, signal.SIGSTOP)
        until(lambda: database.query(SLEEPS) == [(0,)] and status_of(database, path) == "approved", "the COMMIT")
    signal_all(workers, signal.SIGKILL)
    asking.join()
    until(lambda: database.query(SLEEPS) == [(0,)], "PostgreSQL has noticed")
    database.query("DROP TRIGGER fault ON claims_claimpayment")
    return statuses[0]


def status_of(database: Postgres, path: str) -> str:
    return str(database.query("SELECT status FROM claims_claimpayment WHERE id = %s::uuid", path.split("/")[-2])[0][0])


def test_a_payment_is_requested_or_approved_and_nothing_in_between(database: Postgres) -> None:
    variables = {"WEB_CONCURRENCY": "1", "DATABASE_URL": database.url(), "DATABASE_POOL_SIZE": "4"}
    with live_server(variables, seed=SEED) as server:
        said = httpx.post(f"{server.url}/api/auth/token", json={"email": EMAIL, "password": PASSWORD}, timeout=30).json()
        token = said["data"]["accessToken"]
        payments = [(str(claim), str(pk)) for claim, pk in database.query("SELECT claim_id::text, id::text FROM claims_claimpayment")]
        paths = [f"/api/claims/{claim}/payments/{pk}/approve" for claim, pk in payments]
        for path in paths[:2]:
            assert approve(server, token, path) == 200
        database.query(PAUSE)
        named = paths[3 : 3 + 4 * EACH]
        for number, path in enumerate(named):
            assert killed_at(list(POINTS)[number % 4], server, database, token, path) == 0
        found = [(list(POINTS)[number % 4], status_of(database, path)) for number, path in enumerate(named)]
        assert found == [(point, status) for _ in range(EACH) for point, (_, _, status) in POINTS.items()]
        committed = sum(1 for _, status in found if status == "approved")
        until(lambda: is_up(server), "the next worker")
        assert approve(server, token, paths[1]) == 409
        began = time.monotonic()
        assert approve(server, token, paths[2]) == 200
        usual = time.monotonic() - began
        answered = 0
        for number, path in enumerate(paths[3 + len(named) :]):
            until(lambda: is_up(server), "the next worker")
            statuses: list[int] = []
            asking = threading.Thread(target=lambda path=path, into=statuses: into.append(approve(server, token, path)))
            workers = family(server.pid)[1:]
            asking.start()
            time.sleep(usual * 1.3 * number / STEPS)
            for pid in workers:
                os.kill(pid, signal.SIGKILL)
            asking.join()
            answered += statuses == [200]
        states = database.query(STATES)
        partial = [row for row in states if tuple(row[1:]) not in {("requested", False, "", 0), ("approved", True, "second_person", 1)}]
        approved = sum(1 for row in states if row[1] == "approved")
        assert partial == []
        until(lambda: is_up(server), "the next worker")
        # Those whose answer was lost are approved by asking again, once.
        again = [approve(server, token, path) for path in paths]
        assert set(again) <= {200, 409}
        assert all(tuple(row[1:]) == ("approved", True, "second_person", 1) for row in database.query(STATES))
        server.manage("audit_seal")
        server.manage("verify_all")
        approved -= committed
        points = (
            f"{len(named)} kills at {len(POINTS)} named points: as each demands ({committed} approved, {len(named) - committed} requested)"
        )
        timed = f"{STEPS} kills from 0 to {usual * 1300:.0f} ms into an approval: {answered} were answered, {approved - 3} approved"
        figure(
            "R3",
            f"{points}; {timed}, {len(states) - approved - len(named)} still requested, 0 in between; asked again, each is approved once",
        )
        assert answered <= approved - 3 < STEPS
