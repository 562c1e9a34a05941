"""The restore drill: everything is lost but the backup and the keys, and a platform that was verified serves again. Timed, step by step."""

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.faults import figure, size
from tests.faults.load import Caller, prepare, writers
from tests.faults.parts import Postgres, postgres, until
from tests.live import live_server, manage, server_environment

CLAIMS = size("claims", 200)
SOMEBODY = "from tests.factories import CustomerFactory; print(CustomerFactory.create(email='gone@example.com', phone='+15125550147').pk)"
ERASED = """
from customers.models import Customer
from customers.services import request_erasure
from tests.factories import staff
gone = Customer.objects.get(email="gone@example.com")
request_erasure(staff("Compliance"), gone.pk, reason="Asked for by letter", confirm_email=gone.email)
"""


class Clock:
    """What each step took."""

    def __init__(self) -> None:
        self.steps: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.steps[name] = time.monotonic() - began

    def told(self) -> str:
        return ", ".join(f"{name} {seconds:.1f} s" for name, seconds in self.steps.items())


def test_from_nothing_to_a_verified_platform(database: Postgres, tmp_path: Path) -> None:
    backups = tmp_path / "backups"
    ledger = tmp_path / "kept elsewhere" / "erasures.jsonl"
    kept, gone = a_night_before(database, backups, ledger)
    clock, began = Clock(), time.monotonic()
    with postgres() as empty:
        folder = tmp_path / "restored"
        folder.mkdir()
        settings = server_environment(folder, 0) | {"DATABASE_URL": empty.url(), "MEDIA_ROOT": str(folder / "documents")}
        serving = urlsplit(empty.url())._replace(netloc=f"vanguard_app:a-secret@{urlsplit(empty.url()).netloc.rpartition('@')[2]}").geturl()
        settings |= {"ERASURE_LEDGER": str(ledger), "APPLICATION_DATABASE_URL": serving}
        (found,) = backups.glob("vanguard-*")
        with clock.step("restore"):
            manage(settings, "restore", str(found))
        with clock.step("migrate"):
            manage(settings, "migrate", "--verbosity", "0")
        with clock.step("verified"):
            manage(settings, "verify_all")
        with clock.step("served and filed"):
            serves_again(empty, serving, settings, kept)
        took = time.monotonic() - began
        assert unreadable(empty, gone)
        told = f"{len(kept)} claims acknowledged before the backup are there; who was erased after it is erased again"
        figure("DRILL", f"from an empty cluster and folder to a claim filed in {took:.1f} s: {clock.told()}; {told}")


def unreadable(database: Postgres, customer: str) -> bool:
    """The restore itself has erased whom the ledger names: no key, no name."""
    keys = database.query(f"SELECT 1 FROM customers_datakey WHERE customer_id = '{customer}'")
    [(erased,)] = database.query(f"SELECT erased_at IS NOT NULL AND phone_hash = '' FROM customers_customer WHERE id = '{customer}'")
    return bool(erased) and keys == []


def a_night_before(database: Postgres, backups: Path, ledger: Path) -> tuple[set[str], str]:
    """Work, a backup that is proven, somebody erased after it, and the loss of everything else but the ledger of erasures.

    Returns the claims that were acknowledged, and who was erased.
    """
    backups.mkdir()
    with live_server({"WEB_CONCURRENCY": "1", "DATABASE_URL": database.url(), "ERASURE_LEDGER": str(ledger)}) as server:
        gone = server.manage("shell", "--verbosity", "0", "--command", SOMEBODY).strip()
        load = prepare(server, database)
        with writers(load, 2, count=CLAIMS // 2) as threads:
            until(lambda: not any(thread.is_alive() for thread in threads), "the claims are filed", seconds=600)
        assert load.wrong == []
        server.manage("audit_seal")
        server.manage("backup", str(backups))
        server.manage("shell", "--verbosity", "0", "--command", ERASED)
    database.stop()
    shutil.rmtree(database.data)
    return set(load.acknowledged.values()), gone


def serves_again(restored: Postgres, serving: str, settings: dict[str, str], kept: set[str]) -> None:
    """As the role that owns nothing, which the restore has made."""
    told = {name: settings[name] for name in ("MEDIA_ROOT", "ERASURE_LEDGER")}
    with live_server({"WEB_CONCURRENCY": "1", "DATABASE_URL": serving, **told}) as server:
        load = prepare(server, restored, name="after")
        filed = Caller(load).file("after0-0", 0)
        there = {str(pk) for (pk,) in restored.query("SELECT id::text FROM claims_claim")}
        assert filed in there
        assert kept <= there
