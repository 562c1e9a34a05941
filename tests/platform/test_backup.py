"""Backups: what is in the folder is whole and sealed, puts back exactly what was there, and never over something by accident."""

import io
import json
import os
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from pytest_django import Settings

from customers.models import Customer, DataKey
from customers.services import ledger, request_erasure
from policies.models import Policy
from policies.papers.models import PolicyDocument
from policies.papers.services import make_document
from tests import needs
from tests.factories import CustomerFactory, PolicyFactory, staff, superuser
from tests.security.trail import seal_here
from vanguard.backup import BackupError, backups, databases, make, postgresql, sqlite
from vanguard.backup.keeping import STAMP, UNFINISHED, unfinished
from vanguard.backup.manifest import DATABASE, DOCUMENTS, NAME, PURPOSE, Manifest, _signature
from vanguard.backup.restoring import restore
from vanguard.encryption.keys import current_key
from vanguard.encryption.owned import keyring
from vanguard.observability.health import MONITORS, REQUIRED, SCHEMA

SSN = "078-05-1120"
YEARS_AGO = datetime.now(UTC) - timedelta(days=9 * 366)
READABLE = "erasures: customers who were erased can be read again; run replay_erasures"


@pytest.fixture(autouse=True)
def _places(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = str(tmp_path / "documents")
    settings.ERASURE_LEDGER = tmp_path / "erasures.jsonl"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def run(command: str, *arguments: str | Path) -> str:
    out = io.StringIO()
    call_command(command, *map(str, arguments), stdout=out)
    return out.getvalue()


def everything_below(path: Path) -> bytes:
    return b"".join(each.read_bytes() for each in path.rglob("*") if each.is_file())


# -- Through the database itself
@pytest.mark.slow
@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_what_was_there_is_put_back_with_its_papers_and_what_came_since_is_gone(folder: Path) -> None:
    kept = PolicyFactory.create(customer__ssn=SSN, customer__first_name="Wilhelmina")
    make_document(superuser(), kept.pk, kind="schedule")
    paper = PolicyDocument.objects.get()
    plain = paper.file.read()
    seal_here()
    assert "Put back" in run("backup", folder, "--verify")
    (backup,) = backups(folder)
    assert b"Wilhelmina" not in everything_below(backup.path)
    assert [path.name for path in folder.iterdir() if path.name != ".lock"] == [backup.path.name]

    CustomerFactory.create()
    kept.customer.first_name = "Somebody"
    kept.customer.save()
    storages["default"].delete(str(paper.file.name))
    with pytest.raises(CommandError, match="not empty"):
        run("restore", backup.path)
    assert Customer.objects.count() == 2
    run("restore", backup.path, "--replace", "--counted")
    customer = Customer.objects.get()
    assert (customer.first_name, customer.ssn) == ("Wilhelmina", SSN.replace("-", ""))
    assert PolicyDocument.objects.get().file.read() == plain
    if connection.vendor == "postgresql":
        # Roles that own nothing find the schema as before (docs/audit.md).
        with connection.cursor() as cursor:
            cursor.execute("SELECT has_schema_privilege('public', 'public', 'USAGE')")
            assert cursor.fetchone() == (True,)


@pytest.mark.slow
@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_who_was_erased_after_the_backup_is_erased_again_by_the_restore_itself(folder: Path) -> None:
    kept = PolicyFactory.create(customer__ssn=SSN, customer__phone="+1 512 555 0147").customer
    other = CustomerFactory.create(phone="+1 512 555 0148")
    PolicyFactory.create(customer=other)
    seal_here()
    backup = make(folder)
    premiums = sum(Policy.objects.values_list("premium_amount", flat=True))
    Policy.objects.filter(customer=kept).update(status="expired", start_date=YEARS_AGO, end_date=YEARS_AGO + timedelta(days=365))
    request_erasure(staff("Compliance"), kept.pk, reason="Asked for by letter", confirm_email=kept.email)
    sealed = _column(kept, "phone")

    said = run("restore", backup.path, "--replace", "--counted")
    assert "1 erased again, of 1 in the ledger" in said
    for each in (kept, other):
        keyring.forget(each.pk)
    erased = Customer.objects.get(pk=kept.pk)
    assert (erased.erased_at is not None, erased.phone, erased.ssn) == (True, "", "")
    assert not DataKey.objects.filter(pk=kept.pk).exists()
    assert _column(kept, "phone") != sealed
    assert Customer.objects.get(pk=other.pk).phone == "+1 512 555 0148"
    assert sum(Policy.objects.values_list("premium_amount", flat=True)) == premiums
    seal_here()
    run("audit_verify")
    run("verify_books", "--only", "customer_erased")
    assert Client().get("/health/ready").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_while_somebody_who_was_erased_can_be_read_again_the_platform_is_not_ready_and_the_books_say_so() -> None:
    customer = CustomerFactory.create()
    _forget_what_probes_saw()
    assert Client().get("/health/ready").status_code == 200
    ledger.write([uuid4(), customer.pk])  # as after a restore in another way than ours: a snapshot of RDS
    _forget_what_probes_saw()
    answer = Client().get("/health/ready")
    assert (answer.status_code, answer.json()["reason"]) == (503, READABLE)
    with pytest.raises(CommandError, match="customer_erased"):
        run("verify_books", "--only", "customer_erased")
    assert "1 erased again, of 2 in the ledger" in run("replay_erasures")
    _forget_what_probes_saw()
    assert Client().get("/health/ready").status_code == 200
    run("verify_books", "--only", "customer_erased")


@pytest.mark.django_db(transaction=True)
def test_a_key_that_came_back_without_its_customer_is_told_too() -> None:
    customer = CustomerFactory.create()
    secret = DataKey.objects.get(pk=customer.pk).secret
    ledger.write([customer.pk])
    run("replay_erasures")
    DataKey.objects.create(customer_id=customer.pk, secret=secret)
    _forget_what_probes_saw()
    assert Client().get("/health/ready").json()["reason"] == READABLE


def _forget_what_probes_saw() -> None:
    for monitor in (*MONITORS.values(), SCHEMA, *REQUIRED.values()):
        monitor.forget()


def _column(customer: Customer, name: str) -> bytes:
    """As it lies in the table."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {name} FROM customers_customer WHERE email LIKE %s OR email = %s", [f"%{customer.pk}%", customer.email])
        return bytes(cursor.fetchone()[0])


@pytest.mark.slow
@pytest.mark.both
@pytest.mark.django_db(transaction=True)
def test_a_restore_that_fails_halfway_has_changed_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backup = make(folder)
    kept = CustomerFactory.create()
    archive = backup.path / DATABASE
    lines = archive.read_bytes().splitlines(keepends=True)
    archive.write_bytes(lines[0] if len(lines) > 1 else lines[0][:-400] + b"\n")
    # As if the disk had lost its end after it was looked at.
    monkeypatch.setattr(Manifest, "check_parts", lambda *_: None)
    with pytest.raises(BackupError):
        restore(backup.path, replace=True)
    assert Customer.objects.get().pk == kept.pk


@pytest.mark.django_db(transaction=True)
def test_rows_are_counted_in_the_snapshot_that_is_copied(folder: Path) -> None:
    CustomerFactory.create_batch(3)
    manifest = Manifest.read(make(folder).path)
    assert manifest.tables["customers_customer"] == 3
    assert manifest.tables == databases.counts()


# -- What is no backup
@pytest.fixture
def made(folder: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Path:
    """One with a few documents, and a database of some bytes: what is around it is the same for all."""
    monkeypatch.setattr(databases, "dump", lambda target, _beside: (target.write(b"rows" * 200_000) and {"a": 1}, "1"))
    monkeypatch.setattr(databases, "load", lambda source, _roles: source.read() and None)
    for number in range(3):
        storages["default"].save(f"papers/{number}", ContentFile(b"x" * number))
    return make(folder).path


@pytest.mark.once
@pytest.mark.django_db
def test_a_wrong_key_is_told_by_the_names_of_the_settings(made: Path, settings: Settings) -> None:
    settings.ENCRYPTION_KEY = "another-key-another-key-another-key-1"
    with pytest.raises(CommandError, match="neither ENCRYPTION_KEY nor one of ENCRYPTION_KEY_FALLBACKS"):
        run("restore", made, "--replace")
    assert len(storages["default"].listdir("papers")[1]) == 3


@pytest.mark.once
@pytest.mark.django_db
def test_a_backup_opens_under_an_earlier_key_as_long_as_that_is_configured(made: Path, settings: Settings) -> None:
    settings.ENCRYPTION_KEY_FALLBACKS = [settings.ENCRYPTION_KEY]
    settings.ENCRYPTION_KEY = "another-key-another-key-another-key-1"
    storages["default"].save("papers/later", ContentFile(b"later"))
    run("restore", made, "--replace")
    assert sorted(storages["default"].listdir("papers")[1]) == ["0", "1", "2"]
    assert not [path for path in Path(settings.MEDIA_ROOT).iterdir() if path.name.startswith(".")]


@pytest.mark.once
@pytest.mark.django_db
@pytest.mark.parametrize("part", [DATABASE, DOCUMENTS])
def test_a_part_that_lost_or_changed_a_byte_is_refused_before_anything_is_touched(made: Path, part: str) -> None:
    whole = (made / part).read_bytes()
    other = b"B" if whole[50:51] == b"A" else b"A"
    for damaged in (whole[:-1], whole[:50] + other + whole[51:]):
        (made / part).write_bytes(damaged)
        with pytest.raises(CommandError, match=f"{part} of .* is damaged"):
            run("restore", made, "--replace")
    (made / part).unlink()
    with pytest.raises(CommandError, match=f"{part} is missing"):
        run("restore", made, "--replace")


@pytest.mark.once
@pytest.mark.django_db
def test_a_manifest_that_was_altered_is_refused_and_so_is_one_of_a_newer_version(made: Path) -> None:
    said = json.loads((made / NAME).read_text())
    (made / NAME).write_text(json.dumps(said | {"documents": 2}))
    with pytest.raises(CommandError, match="was altered"):
        run("restore", made, "--replace")
    (made / NAME).write_text(json.dumps(said))
    del said["roles"], said["signature"]
    said["format"] = 1
    signature = _signature(current_key(PURPOSE).stretched, said)
    (made / NAME).write_text(json.dumps(said | {"signature": signature}))
    assert Manifest.read(made).roles == [], "one of before it named roles is still read"
    replace(Manifest.read(made), migrations=["claims.9999_from_tomorrow"]).write(made)
    with pytest.raises(CommandError, match="newer version"):
        run("restore", made, "--replace")


@pytest.mark.once
@pytest.mark.django_db
def test_a_part_under_the_name_of_another_is_refused(made: Path) -> None:
    (made / DATABASE).rename(made / "x")
    (made / DOCUMENTS).rename(made / DATABASE)
    (made / "x").rename(made / DOCUMENTS)
    with pytest.raises(CommandError, match="is damaged"):
        run("restore", made, "--replace")


@pytest.mark.once
@pytest.mark.django_db
def test_one_that_is_not_finished_does_not_look_like_a_backup_and_goes_with_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = folder / f"vanguard-20260101T000000000000Z{UNFINISHED}"  # as one that was killed leaves it
    left.mkdir(parents=True)
    (left / DATABASE).write_bytes(b"half")

    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(databases, "dump", full)
    with pytest.raises(CommandError, match="No space left"):
        run("backup", folder)
    assert backups(folder) == []
    assert [path.name for path in folder.iterdir()] == [".lock"]


@pytest.mark.once
def test_two_at_once_do_not_take_each_others_place(folder: Path) -> None:
    with (
        unfinished(folder, datetime.now(UTC)) as place,
        pytest.raises(BackupError, match="Another backup"),
        unfinished(folder, datetime.now(UTC)),
    ):
        pass
    assert [backup.path.name for backup in backups(folder)] == [place.name.removesuffix(UNFINISHED)]


@pytest.mark.once
@pytest.mark.django_db
def test_old_ones_go_and_the_last_ones_stay_whatever_their_age(made: Path, folder: Path) -> None:
    for days in (40, 20, 10, 3):
        (folder / f"vanguard-{(datetime.now(UTC) - timedelta(days=days)).strftime(STAMP)}").mkdir()
    run("backup", folder, "--keep-days", "14", "--keep", "2")
    assert len(backups(folder)) == 4
    run("backup", folder, "--keep-days", "1", "--keep", "4")
    assert len(backups(folder)) == 4
    run("backup", folder, "--keep", "1")
    assert len(backups(folder)) == 1
    with pytest.raises(CommandError, match="1 or more"):
        run("backup", folder, "--keep", "0")


@pytest.mark.once
@pytest.mark.django_db
def test_one_that_could_not_be_verified_is_refused_before_the_minutes_that_it_takes(folder: Path) -> None:
    with pytest.raises(CommandError, match="Run audit_seal, then this again"):
        run("backup", folder, "--verify")
    assert not folder.exists()


@pytest.mark.once
@pytest.mark.django_db
def test_the_ledger_of_erasures_comes_back_where_there_is_none_and_is_never_rolled_back(folder: Path, settings: Settings) -> None:
    ledger = Path(settings.ERASURE_LEDGER)
    ledger.write_text("one\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(databases, "dump", lambda _target, _beside: ({}, "1"))
        patch.setattr(databases, "load", lambda _source, _roles: None)
        backup = make(folder)
        ledger.write_text("one\ntwo\n")
        restore(backup.path, replace=True)
        assert ledger.read_text() == "one\ntwo\n"
        ledger.unlink()
        restore(backup.path, replace=True)
    assert ledger.read_text() == "one\n"


@pytest.mark.once
def test_a_password_is_never_on_a_command_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    known = {"host": "db.example", "user": "maya", "password": "canary-7731", "dbname": "vanguard"}
    seen = tmp_path / "seen"
    program = f"import os, sys; open({str(seen)!r}, 'w').write(os.environ['PGPASSWORD'] + ' '.join(sys.argv))"
    with postgresql._started([sys.executable, "-c", program], known):
        pass
    assert seen.read_text() == "canary-7731-c"


@pytest.mark.once
def test_a_tool_that_fails_says_why_and_one_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no such place"), postgresql._started(["sh", "-c", "echo no such place >&2; exit 3"], {}):
        pass
    monkeypatch.setattr(postgresql, "INSTALLED", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="pg_dump is not installed"):
        postgresql.tool("pg_dump")


@pytest.mark.once
def test_a_copy_of_sqlite_that_is_damaged_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "path", lambda: tmp_path / "there.sqlite3")
    with pytest.raises(BackupError, match="could not put"):
        sqlite.load(io.BytesIO(b"no database" * 1000))


@pytest.mark.once
def test_the_folder_is_for_its_owner_alone(made: Path) -> None:
    assert os.stat(made).st_mode & 0o077 == 0


@needs.postgresql
@pytest.mark.django_db
def test_what_newer_tools_say_and_this_server_does_not_know_is_left_out() -> None:
    said = b"SET statement_timeout = 0;\nSET transaction_timeout = 0;\nSET client_encoding = 'UTF8';\n"
    with postgresql.connect(postgresql.parameters()) as other:
        other.execute(postgresql._understood(said, postgresql.parameters()))
