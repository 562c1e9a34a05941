"""The audit chain: whoever owns the database can change what was recorded, and is found out to the row. Writers never wait for it."""

import io
import json
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from pytest_django import Settings

from claims.intake.models import Queue
from tests import needs
from tests.security.long import figure
from tests.security.trail import by_owner, latest_id, seal_here
from vanguard.encryption.keys import DecryptionError
from vanguard.trail.chain import Head, NoKey, last_head
from vanguard.trail.models import AuditHead, AuditKey, AuditLink, AuditRecord, Verification
from vanguard.trail.verifying import Fault, verify

pytestmark = pytest.mark.django_db(transaction=True)
# A hundred at once need more connections than PostgreSQL has when it is installed: tests/security/long/audit_writers.py.
AT_ONCE = int(os.environ.get("WRITERS_AT_ONCE", "20"))
WRITERS = 100 // AT_ONCE * AT_ONCE


def changes(number: int) -> None:
    """So many changes of one row, each in its own transaction."""
    queue = Queue.objects.order_by("pk")[0]
    for place in range(number):
        Queue.objects.filter(pk=queue.pk).update(name=f"{queue.name[:30]}.{place}")


@pytest.fixture
def chain() -> None:
    """Some thirty links, under three heads."""
    for _ in range(3):
        changes(10)
        seal_here()


def faults() -> list[tuple[str, int, int]]:
    return [(fault.kind, fault.sequence, fault.record_id) for fault in verify().faults]


def record_at(sequence: int) -> int:
    return AuditLink.objects.get(sequence=sequence).record_id


def end() -> int:
    head = last_head()
    assert head is not None
    return head.sequence


@pytest.mark.usefixtures("chain")
class TestWhatWasDoneToTheChainIsNamed:
    def test_nothing(self) -> None:
        result = verify()
        assert result.faults == []
        assert result.reached == AuditLink.objects.count() == end()

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("new", '{"name": "Another"}'),
            ("actor", "somebody"),
            ("at", "2020-01-01 00:00:00+00:00"),
            ("address", "10.0.0.1"),
            ("row_id", "another"),
        ],
    )
    def test_a_record_was_edited(self, column: str, value: str) -> None:
        place = end() - 5
        by_owner(f"UPDATE audit_record SET {column} = %s WHERE id = %s", value, record_at(place))
        assert faults() == [("edited", place, record_at(place))]

    def test_several_were_edited_also_one_after_the_other(self) -> None:
        places = [end() - 9, end() - 5, end() - 4, end()]
        for place in places:
            by_owner("UPDATE audit_record SET actor = 'somebody' WHERE id = %s", record_at(place))
        assert faults() == [("edited", place, record_at(place)) for place in places]

    def test_a_record_was_deleted(self) -> None:
        place = end() - 5
        gone = record_at(place)
        by_owner("DELETE FROM audit_record WHERE id = %s", gone)
        assert faults() == [("deleted", place, gone)]

    def test_a_record_was_deleted_with_its_link(self) -> None:
        place = end() - 5
        by_owner("DELETE FROM audit_record WHERE id = %s", record_at(place))
        by_owner("DELETE FROM audit_link WHERE sequence = %s", place)
        assert faults() == [("deleted", place, 0)]

    def test_and_the_places_behind_it_were_moved_up(self) -> None:
        """Then nothing behind fits its place; the head that was signed there is missed as well."""
        place = end() - 5
        by_owner("DELETE FROM audit_link WHERE sequence = %s", place)
        for later in range(place + 1, end() + 1):
            by_owner("UPDATE audit_link SET sequence = %s WHERE sequence = %s", later - 1, later)
        found = faults()
        assert found[0][1] == place
        assert ("cut", end(), 0) in found

    def test_two_records_were_exchanged(self) -> None:
        self.exchange("record_id", end() - 8, end() - 3)

    def test_two_links_were_exchanged(self) -> None:
        self.exchange("record_id, digest", end() - 8, end() - 3)

    def test_two_that_stand_beside_each_other_were_exchanged(self) -> None:
        self.exchange("record_id, digest", end() - 4, end() - 3)

    def exchange(self, columns: str, first: int, second: int) -> None:
        belongs = {place: AuditLink.objects.get(sequence=place) for place in (first, second)}
        by_owner("UPDATE audit_link SET record_id = -1 WHERE sequence = %s", first)
        for place, other in ((second, belongs[first]), (first, belongs[second])):
            by_owner("UPDATE audit_link SET record_id = %s WHERE sequence = %s", other.record_id, place)
            if "digest" in columns:
                by_owner("UPDATE audit_link SET digest = %s WHERE sequence = %s", bytes(other.digest), place)
        reordered = [("reordered", first, belongs[second].record_id), ("reordered", second, belongs[first].record_id)]
        assert [fault for fault in faults() if fault[0] != "relinked"] == reordered

    def test_a_link_was_edited(self) -> None:
        place = end() - 5
        by_owner("UPDATE audit_link SET digest = %s WHERE sequence = %s", b"\1" * 32, place)
        assert faults() == [("relinked", place, record_at(place))]

    def test_the_end_was_cut_off(self) -> None:
        was = end()
        by_owner("DELETE FROM audit_link WHERE sequence > %s", was - 3)
        assert faults() == [("cut", was - 2, 0)]

    def test_the_end_was_cut_off_with_its_heads_which_a_head_kept_elsewhere_tells(self) -> None:
        kept = last_head()
        assert kept is not None
        by_owner("DELETE FROM audit_link WHERE sequence > %s", kept.sequence - 10)
        by_owner("DELETE FROM audit_head WHERE sequence > %s", kept.sequence - 10)
        assert verify().faults == []
        assert [(fault.kind, fault.sequence) for fault in verify([kept]).faults] == [("cut", kept.sequence - 9)]

    def test_and_made_anew_with_other_records(self) -> None:
        kept = last_head()
        assert kept is not None
        for table, column in (("audit_record", "id"), ("audit_link", "sequence"), ("audit_head", "sequence")):
            last = record_at(kept.sequence - 10) if table == "audit_record" else kept.sequence - 10
            by_owner(f"DELETE FROM {table} WHERE {column} > %s", last)
        changes(10)
        seal_here()
        assert verify().faults == []
        assert [(fault.kind, fault.sequence) for fault in verify([kept]).faults] == [("forged", kept.sequence)]

    def test_heads_were_deleted(self) -> None:
        first = AuditHead.objects.order_by("sequence").first()
        assert first is not None
        by_owner("DELETE FROM audit_head WHERE sequence > %s", first.sequence)
        assert faults() == [("unsigned", first.sequence + 1, 0)]

    def test_a_head_was_edited(self) -> None:
        by_owner("UPDATE audit_head SET sealed_before = 1 WHERE sequence = %s", end())
        assert faults() == [("forged", end(), 0)]

    def test_a_tables_trigger_was_taken_off(self) -> None:
        name = "recorded_update" if connection.vendor == "postgresql" else "recorded_update_intake_queue"
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER {name}{' ON intake_queue' if connection.vendor == 'postgresql' else ''}")
        try:
            assert [fault.kind for fault in verify().faults] == ["off"]
        finally:
            call_command("migrate", verbosity=0)
        assert verify().faults == []

    def test_the_key_was_deleted(self) -> None:
        by_owner("DELETE FROM audit_key")
        with pytest.raises(NoKey):
            verify()
        changes(1)
        with pytest.raises(NoKey):
            seal_here()

    def test_another_key_was_put_in_whose_text_is_known(self) -> None:
        """What was encrypted as somebody's data does not open as the chain's key."""
        from vanguard.encryption import keys

        by_owner("INSERT INTO audit_key (made_at, wrapped) VALUES (%s, %s)", "2026-01-01 00:00:00+00:00", keys.encrypt(b"k" * 32))
        with pytest.raises(DecryptionError):
            verify()


class TestCommands:
    def told(self, *command: str) -> str:
        out = io.StringIO()
        call_command(*command, stdout=out)
        return out.getvalue()

    def test_verify_fails_with_the_row_and_keeps_what_it_found(self, chain: None, tmp_path: Path) -> None:
        heads = tmp_path / "heads"
        heads.write_text(self.told("audit_head") * 2)
        assert "0 faults" in self.told("audit_verify", "--from", str(heads))
        gone = record_at(end() - 5)
        by_owner("DELETE FROM audit_record WHERE id = %s", gone)
        out = io.StringIO()
        with pytest.raises(CommandError) as failed:
            call_command("audit_verify", stdout=out)
        assert failed.value.returncode == 1
        assert f"Record {gone} was deleted" in out.getvalue()
        kept = Verification.objects.first()
        assert kept is not None
        assert kept.faults == 1
        assert str(gone) in kept.first_fault

    def test_a_file_that_holds_no_head_is_refused(self, chain: None, tmp_path: Path) -> None:
        for text in ("nothing", "{}", '{"sequence": 1}', "[1]"):
            (tmp_path / "heads").write_text(text)
            with pytest.raises(CommandError, match="no exported head"):
                call_command("audit_verify", "--from", str(tmp_path / "heads"))

    def test_a_head_of_another_chain_is_told(self, chain: None) -> None:
        head = last_head()
        assert head is not None
        forged = Head.read(json.dumps(head.exported() | {"digest": "00" * 32}))
        assert [fault.kind for fault in verify([forged]).faults] == ["forged"]

    def test_before_anything_was_sealed(self) -> None:
        with pytest.raises(CommandError, match="not begun"):
            call_command("audit_head")

    @needs.postgresql
    def test_the_command_seals_what_no_running_transaction_can_precede(self) -> None:
        """Not what others' transactions on this server may hold up; but never is anything sealed that is not."""
        changes(1)
        assert "records sealed" in self.told("audit_seal")


class TestInsertOnly:
    @pytest.mark.parametrize("table", ["audit_record", "audit_link", "audit_head", "audit_key"])
    def test_what_was_written_is_neither_changed_nor_deleted(self, chain: None, table: str) -> None:
        column = {"audit_record": "actor", "audit_link": "record_id", "audit_head": "sealed_before", "audit_key": "made_at"}[table]
        statements = [f"UPDATE {table} SET {column} = {column}", f"DELETE FROM {table}"]
        if connection.vendor == "postgresql":
            statements.append(f"TRUNCATE {table}")
        for statement in statements:
            with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


class TestKeys:
    def test_the_chain_outlives_a_change_of_the_encryption_key(self, chain: None, settings: Settings) -> None:
        settings.ENCRYPTION_KEY_FALLBACKS = [settings.ENCRYPTION_KEY]
        settings.ENCRYPTION_KEY = "another key, as long as one should be"
        changes(1)
        seal_here()
        settings.ENCRYPTION_KEY_FALLBACKS = []
        assert verify().faults == []
        assert AuditKey.objects.count() == 2

    def test_the_key_does_not_stand_in_the_database(self, chain: None) -> None:
        settings.ENCRYPTION_KEY, was = "a key that nobody had", settings.ENCRYPTION_KEY
        try:
            with pytest.raises(DecryptionError):
                verify()
        finally:
            settings.ENCRYPTION_KEY = was


class TestWriters:
    @needs.postgresql
    def test_many_at_once_make_one_chain_without_a_gap(self) -> None:
        """All of them have written and none has committed when the first commits; two sealers run all the time."""
        before, stop, together = latest_id(), threading.Event(), threading.Barrier(AT_ONCE)

        def sealing() -> None:
            while not stop.is_set():
                seal_here()
            connection.close()

        def writing(number: int) -> None:
            with transaction.atomic():
                queue = Queue.objects.create(name=f"Writer {number}")
                together.wait(60)
                Queue.objects.filter(pk=queue.pk).update(assigns=True)
            connection.close()

        sealers = [threading.Thread(target=sealing) for _ in range(2)]
        for thread in sealers:
            thread.start()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(writing, range(WRITERS)))
        stop.set()
        for thread in sealers:
            thread.join()
        seal_here()
        written = set(AuditRecord.objects.filter(id__gt=before, table_name="intake_queue").values_list("id", flat=True))
        chained = list(AuditLink.objects.values_list("record_id", flat=True))
        broken = verify().faults
        told = f"{WRITERS} writers, {AT_ONCE} transactions open at once, two sealers beside: {len(written)} records"
        figure("S20", f"{told} in one chain of {len(chained)} links, {len(chained) - len(set(chained))} twice, {len(broken)} faults")
        assert len(written) == 2 * WRITERS
        assert written <= set(chained)
        assert len(chained) == len(set(chained)) == end()
        assert broken == []

    @needs.postgresql
    def test_who_commits_late_is_not_passed_over(self) -> None:
        """Its records have lower numbers than those that were sealed meanwhile."""
        wrote, go_on = threading.Event(), threading.Event()

        def late() -> None:
            with transaction.atomic():
                Queue.objects.filter(pk=slow.pk).update(name="Late")
                wrote.set()
                go_on.wait(30)
            connection.close()

        slow, quick = Queue.objects.order_by("pk")[:2]
        before = latest_id()
        thread = threading.Thread(target=late)
        thread.start()
        wrote.wait(30)
        Queue.objects.filter(pk=quick.pk).update(name="Quick")
        seal_here()
        sealed_meanwhile = set(AuditLink.objects.filter(record_id__gt=before).values_list("record_id", flat=True))
        go_on.set()
        thread.join()
        seal_here()
        records = AuditRecord.objects.filter(id__gt=before).order_by("id")
        assert [record.row_id for record in records] == [str(slow.pk), str(quick.pk)]
        assert sealed_meanwhile == set()
        assert {record.pk for record in records} <= set(AuditLink.objects.values_list("record_id", flat=True))
        assert verify().faults == []

    @needs.postgresql
    def test_a_writer_does_not_wait_for_another(self) -> None:
        """Two open transactions that both have written."""
        first, second = Queue.objects.order_by("pk")[:2]
        done = threading.Event()

        def other() -> None:
            Queue.objects.filter(pk=second.pk).update(name="Other")
            done.set()
            connection.close()

        with transaction.atomic():
            Queue.objects.filter(pk=first.pk).update(name="One")
            thread = threading.Thread(target=other)
            thread.start()
            assert done.wait(10)
        thread.join()

    def test_sealing_again_does_nothing(self, chain: None) -> None:
        was = end()
        assert seal_here().records == 0
        assert end() == was

    def test_a_sealer_that_is_stopped_half_way_leaves_nothing_behind(self, chain: None, monkeypatch: pytest.MonkeyPatch) -> None:
        was = end()
        changes(3)

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("vanguard.trail.sealing._sign", killed)
            with pytest.raises(KeyboardInterrupt):
                seal_here()
        assert (end(), AuditLink.objects.count()) == (was, was)
        assert seal_here().records == 3
        assert verify().faults == []

    @needs.postgresql
    def test_after_a_dump_was_restored_where_transactions_are_counted_anew(self, chain: None) -> None:
        by_owner("UPDATE audit_record SET transaction = transaction + 4000000000")
        by_owner("UPDATE audit_head SET sealed_before = sealed_before + 4000000000")
        changes(3)
        assert seal_here().records == 3
        changes(2)
        assert seal_here().records == 2


def test_the_latest_part_alone_is_verified_from_a_signed_head(chain: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vanguard.trail.verifying.LATEST", 15)
    by_owner("UPDATE audit_record SET actor = 'somebody' WHERE id = %s", record_at(1))
    latest = verify(latest=True)
    assert latest.after > 0
    assert latest.faults == []
    assert [fault.sequence for fault in verify().faults] == [1]
    found: list[Fault] = verify().faults
    assert found[0].kind == "edited"
