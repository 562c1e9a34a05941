"""What the database records of each change by itself: in whose name, from where, what of it; and nothing of a person's data."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client

from claims.intake.models import Queue
from claims.models import Claim
from claims.services import assign_claim
from customers.models import Customer
from tests import needs
from tests.api.calling import Caller
from tests.factories import CustomerFactory, adjuster, staff, started_claim, submitted_claim, superuser
from tests.security.trail import latest_id, of_row
from vanguard import context
from vanguard.accounts.models import User
from vanguard.audit import record_export, unit_of_work
from vanguard.encryption.fields import sealed_values
from vanguard.recording import HIDDEN, missing, recorded
from vanguard.trail.models import AuditRecord

pytestmark = pytest.mark.django_db
PERSONAL = {
    "email": "canary.rosa@example.com", "first_name": "Canarosa", "last_name": "Canadelgado", "phone": "+1 512 555 0147",
    "ssn": "123-45-6789", "address": "7 Canary Row", "date_of_birth": date(1971, 3, 4),
}  # fmt: skip


def last_of(key: object) -> AuditRecord:
    return of_row(key)[-1]


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def plain(claim: Claim) -> str:
    """The key as this database has it."""
    return str(claim.pk) if connection.vendor == "postgresql" else claim.pk.hex


class TestWhoActed:
    """Whatever the way in, the record names the log-in that acted; and of a request its id and the caller's address."""

    def test_by_a_service(self) -> None:
        actor = adjuster()
        claim = submitted_claim()
        assign_claim(actor, claim.pk)
        assert last_of(claim.pk).actor == str(actor.pk)

    def test_by_the_api_under_a_token(self) -> None:
        actor, claim = adjuster(), submitted_claim()
        answer = Caller(actor).send("POST", f"/claims/{claim.pk}/start", None, X_Correlation_ID="from-the-caller-0001")
        assert answer.status == 200
        record = last_of(claim.pk)
        assert (record.actor, record.correlation_id, record.address) == (str(actor.pk), "from-the-caller-0001", "127.0.0.1")

    def test_by_the_workbench_in_a_session(self) -> None:
        actor = superuser()
        queue = Queue.objects.create(name="A queue of its own")
        client = Client()
        client.force_login(actor, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.post(f"/admin/intake/queue/{queue.pk}/change/", {"name": "Renamed", "claim_types": "", "severities": ""})
        assert answer.status_code == 302
        record = next(each for each in reversed(of_row(queue.pk)) if each.table_name == "intake_queue")
        assert (record.actor, record.address) == (str(actor.pk), "127.0.0.1")
        assert record.correlation_id
        assert (record.old["name"], record.new["name"]) == ("A queue of its own", "Renamed")  # type: ignore[index]  # an update has both

    def test_by_a_command_it_is_the_platform(self) -> None:
        before = latest_id()
        claim = submitted_claim()
        Claim.objects.filter(pk=claim.pk).update(claim_type="fire")
        call_command("expire_policies", stdout=io.StringIO())
        assert set(AuditRecord.objects.filter(id__gt=before, table_name="claims_claim").values_list("actor", "address")) == {("", "")}

    def test_inside_a_unit_of_the_platform_it_is_the_platform_whoever_asks(self) -> None:
        context.user_id.set(str(adjuster().pk))
        claim = submitted_claim()
        with unit_of_work(None):
            Claim.objects.filter(pk=claim.pk).update(claim_type="fire")
        assert last_of(claim.pk).actor == ""

    def test_two_people_in_one_transaction(self) -> None:
        """And a part of it that failed takes nobody's name along."""
        first, second, claim = adjuster(), adjuster(), submitted_claim()

        def change(actor: User, kind: str | None) -> None:
            with unit_of_work(actor):
                Claim.objects.filter(pk=claim.pk).update(claim_type="hail")
                Claim.objects.filter(pk=claim.pk).update(claim_type=kind)

        with transaction.atomic():
            change(first, "fire")
            change(second, "theft")
            with pytest.raises(IntegrityError):
                change(first, None)
            change(second, "water")
            change(first, "storm")
        told = [(each.actor, each.new["claim_type"]) for each in of_row(claim.pk)[-8:]]  # type: ignore[index]  # an update has both
        assert [each for each in told if each[1] != "hail"] == [
            (str(first.pk), "fire"),
            (str(second.pk), "theft"),
            (str(second.pk), "water"),
            (str(first.pk), "storm"),
        ]

    @pytest.mark.django_db(transaction=True)
    def test_who_comes_next_on_the_same_connection_is_not_taken_for_the_last(self) -> None:
        claim, actor = submitted_claim(), adjuster()
        with unit_of_work(actor):
            Claim.objects.filter(pk=claim.pk).update(claim_type="fire")
        Claim.objects.filter(pk=claim.pk).update(claim_type="theft")
        assert [each.actor for each in of_row(claim.pk)[-2:]] == [str(actor.pk), ""]

    @pytest.mark.django_db(transaction=True)
    def test_a_statement_outside_of_any_transaction(self) -> None:
        claim, actor = submitted_claim(), adjuster()
        context.user_id.set(str(actor.pk))
        Claim.objects.filter(pk=claim.pk).update(claim_type="fire")
        assert last_of(claim.pk).actor == str(actor.pk)


class TestWhateverTheWay:
    def test_update_of_a_queryset(self) -> None:
        claim = submitted_claim()
        number = AuditRecord.objects.count()
        Claim.objects.filter(pk=claim.pk).update(claim_type="fire")
        record = last_of(claim.pk)
        assert AuditRecord.objects.count() == number + 1
        assert (record.operation, record.table_name, record.new) == ("update", "claims_claim", {"claim_type": "fire"})

    def test_raw_sql(self) -> None:
        claim = submitted_claim()
        sql("UPDATE claims_claim SET claim_type = 'fire', version = version + 1 WHERE id = %s", plain(claim))
        assert last_of(claim.pk).new == {"claim_type": "fire", "version": claim.version + 1}

    def test_many_rows_by_one_statement(self) -> None:
        claims = [submitted_claim() for _ in range(3)]
        Claim.objects.filter(pk__in=[claim.pk for claim in claims]).update(claim_type="fire")
        assert [last_of(claim.pk).new for claim in claims] == [{"claim_type": "fire"}] * 3

    def test_what_changes_nothing_is_no_change(self) -> None:
        claim = submitted_claim()
        before = latest_id()
        Claim.objects.filter(pk=claim.pk).update(claim_type=claim.claim_type)
        assert latest_id() == before

    def test_a_deletion_keeps_what_there_was(self) -> None:
        queue = Queue.objects.create(name="Short-lived")
        key = queue.pk
        Queue.objects.filter(pk=key).delete()
        record = AuditRecord.objects.filter(table_name="intake_queue", row_id=str(key)).latest("id")
        assert record.operation == "delete"
        assert record.old is not None
        assert record.old["name"] == "Short-lived"

    def test_a_role_given_and_taken(self) -> None:
        actor = staff("Adjuster")
        group = actor.groups.get()
        actor.groups.remove(group)
        given, taken = AuditRecord.objects.filter(table_name="accounts_user_groups").order_by("-id")[:2][::-1]
        assert (given.operation, taken.operation) == ("insert", "delete")
        assert taken.old is not None
        assert str(taken.old["group_id"]) == str(group.pk)

    def test_a_list_that_left_as_a_file(self) -> None:
        """auditlog's own entries are recorded where they tell of looking, which changes no row."""
        actor, before = staff("Compliance"), latest_id()
        submitted_claim()
        record_export(actor, Claim, rows=12, asked="q=Canary")
        [record] = AuditRecord.objects.filter(id__gt=before, table_name="auditlog_logentry")
        assert record.new is not None
        assert (record.actor, record.new["action"]) == (str(actor.pk), 3)
        assert "Canary" not in str(record.new)

    def test_and_where_they_are_changed_or_deleted(self) -> None:
        claim = submitted_claim()
        entry = LogEntry.objects.get_for_object(claim)[0]
        LogEntry.objects.filter(pk=entry.pk).update(actor=adjuster())
        LogEntry.objects.filter(pk=entry.pk).delete()
        records = AuditRecord.objects.filter(table_name="auditlog_logentry", row_id=str(entry.pk)).order_by("id")
        assert [record.operation for record in records] == ["update", "delete"]

    @needs.postgresql
    def test_a_key_that_was_changed_is_told_of_both(self) -> None:
        queue = Queue.objects.create(name="Moved")
        sql("UPDATE intake_queue SET id = 999999 WHERE id = %s", queue.pk)
        gone, come = AuditRecord.objects.filter(table_name="intake_queue").order_by("-id")[:2]
        assert {gone.row_id, come.row_id} == {str(queue.pk), "999999"}

    @needs.postgresql
    def test_copy(self) -> None:
        with (
            connection.cursor() as cursor,
            cursor.copy("COPY intake_queue (name, claim_types, severities, assigns, active) FROM STDIN") as copy,
        ):
            copy.write_row(("Copied", "", "", False, True))
        record = AuditRecord.objects.filter(table_name="intake_queue").latest("id")
        assert record.new is not None
        assert (record.operation, record.new["name"]) == ("insert", "Copied")

    @needs.postgresql
    def test_truncate(self) -> None:
        sql("TRUNCATE fraud_fraudrule")
        assert AuditRecord.objects.filter(table_name="fraud_fraudrule").latest("id").operation == "truncate"


class TestPersonalData:
    def test_of_a_customer_nothing_but_that_it_changed(self) -> None:
        before = latest_id()
        customer = CustomerFactory.create(**PERSONAL)
        customer.address, customer.last_name = "8 Canary Row", "Canamiller"
        customer.save()
        Customer.objects.filter(pk=customer.pk).update(**sealed_values(customer, {"phone": "+1 512 555 0199", "ssn": "987-65-4321"}))
        Customer.objects.filter(pk=customer.pk).delete()
        told = str(list(AuditRecord.objects.filter(id__gt=before).values_list("old", "new", "row_id", "actor")))
        for canary in ("anary", "Cana", "0147", "0199", "123-45", "987-65", "123456789", "1971"):
            assert canary not in told
        record = [each for each in of_row(customer.pk) if each.table_name == "customers_customer"][1]
        assert record.new is not None
        assert (record.new["address"], record.new["last_name"]) == (HIDDEN, HIDDEN)

    def test_no_password_no_token_and_no_digest(self) -> None:
        before = latest_id()
        actor = staff("Adjuster")
        actor.set_password("Another-pass-word-1!")
        actor.save()
        Caller(actor)
        told = str(list(AuditRecord.objects.filter(id__gt=before).values_list("old", "new")))
        assert "bcrypt" not in told
        assert actor.password not in told

    @pytest.mark.parametrize(
        "ending", ["password", "digest", "_hash", "ssn", "first_name", "last_name", "email", "description", "reason_text"]
    )
    def test_columns_with_such_names_are_hidden_in_every_table(self, ending: str) -> None:
        shown = [(each.table, column) for each in recorded().values() for column in each.columns if column not in each.hidden]
        assert [column for column in shown if column[1].endswith(ending) and column[1] != "manifest_sha256"] == []


def test_every_table_of_the_trade_is_recorded() -> None:
    tables = recorded()
    for table in (
        "claims_claim",
        "claims_ledgerentry",
        "claims_claimpayment",
        "policies_policy",
        "billing_ledgerentry",
        "customers_customer",
    ):
        assert table in tables
    assert {"accounts_user", "accounts_user_groups", "auth_group_permissions"} <= set(tables)
    assert missing() == []


@pytest.mark.parametrize("make", [submitted_claim, lambda: started_claim(adjuster())])
def test_what_is_recorded_of_a_new_row_is_the_row(make: Callable[[], Claim]) -> None:
    claim = make()
    first = next(each for each in of_row(claim.pk) if each.table_name == "claims_claim")
    assert first.new is not None
    assert (first.operation, first.new["claim_number"], first.new["description"]) == ("insert", claim.claim_number, HIDDEN)
