"""The counter of a table equals its rows, whatever inserts or deletes them and however many do at once."""

import random
import threading
from collections.abc import Callable
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection, models, transaction
from django.db.migrations.state import ProjectState
from django.test.utils import CaptureQueriesContext

from claims.bordereau.bulk import insert_all
from claims.models import Claim
from customers.models import Customer
from policies.models import Policy
from tests import needs
from tests.factories import CustomerFactory, PolicyFactory, policyholder, submitted_claim
from vanguard import counting
from vanguard.counting.operations import CountRows
from vanguard.totals import is_whole_table, total_of

COUNTED = [Claim, Customer, Policy]


def counter(model: type[models.Model]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(counting.COUNTER, [model._meta.db_table])
        return int(cursor.fetchone()[0])


def agree() -> bool:
    return all(standing.is_right for standing in counting.standings())


def reconciled(*options: str) -> str:
    """What the command says."""
    said = StringIO()
    call_command("reconcile_totals", *options, stdout=said)
    return said.getvalue()


def spoil(table: str, by: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {counting.COUNTERS} SET number = number + {by} WHERE table_name = %s", [table])
        assert cursor.rowcount == 1


def on_the_spot() -> None:
    """What was put off to the commit (references are checked then) would keep a test's transaction from changing triggers."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


@pytest.mark.django_db
class TestEveryWayIn:
    def test_records_one_by_one(self) -> None:
        claim = submitted_claim(PolicyFactory.create())
        CustomerFactory.create_batch(3)
        assert [counter(model) for model in COUNTED] == [1, 4, 1]
        claim.transitions.all().delete()
        claim.delete()
        assert [counter(model) for model in COUNTED] == [0, 4, 1]

    def test_many_at_once_and_those_that_are_there_already(self) -> None:
        kept = CustomerFactory.create()
        batch = CustomerFactory.build_batch(5)
        Customer.objects.bulk_create(batch)
        Customer.objects.bulk_create([kept, *CustomerFactory.build_batch(2)], ignore_conflicts=True)
        again = [kept, *batch, *CustomerFactory.build_batch(1)]
        Customer.objects.bulk_create(again, update_conflicts=True, unique_fields=["id"], update_fields=["first_name"])
        assert counter(Customer) == Customer.objects.count() == 9

    def test_the_imports_own_way(self) -> None:
        insert_all(Customer, CustomerFactory.build_batch(200))
        assert counter(Customer) == Customer.objects.count() == 200

    def test_deleting_many_none_and_all(self) -> None:
        CustomerFactory.create_batch(6)
        Customer.objects.filter(last_name="nobody").delete()
        Customer.objects.filter(pk__in=[each.pk for each in Customer.objects.all()[:2]]).delete()
        assert counter(Customer) == 4
        Customer.objects.all().delete()
        assert counter(Customer) == 0

    def test_sql_by_hand(self) -> None:
        CustomerFactory.create_batch(3)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM customers_datakey")
            cursor.execute("DELETE FROM customers_customer WHERE last_name <= (SELECT min(last_name) FROM customers_customer)")
            assert counter(Customer) == Customer.objects.count() == 2
            cursor.execute("DELETE FROM customers_customer")
        assert counter(Customer) == 0

    @needs.postgresql
    def test_truncate(self) -> None:
        CustomerFactory.create_batch(3)
        with connection.cursor() as cursor:
            on_the_spot()
            cursor.execute("TRUNCATE customers_customer CASCADE")
        CustomerFactory.create_batch(2)
        assert counter(Customer) == Customer.objects.count() == 2

    def test_what_is_rolled_back_was_never_counted(self) -> None:
        CustomerFactory.create_batch(2)
        with transaction.atomic():
            CustomerFactory.create_batch(3)
            Customer.objects.all()[0].delete()
            assert counter(Customer) == 4
            transaction.set_rollback(True)
        assert counter(Customer) == Customer.objects.count() == 2


@pytest.mark.django_db
class TestTotals:
    def test_a_whole_table_is_not_counted_row_by_row(self) -> None:
        CustomerFactory.create_batch(3)
        with CaptureQueriesContext(connection) as asked:
            assert total_of(Customer.objects.order_by("last_name").select_related("user").defer("ssn")) == 3
        assert len(asked) == 1
        assert counting.COUNTERS in asked[0]["sql"]

    def test_part_of_a_table_is(self) -> None:
        customer = CustomerFactory.create(last_name="Ash")
        owner = policyholder(customer)
        PolicyFactory.create_batch(2, customer=customer)
        PolicyFactory.create()
        parts = [
            (Customer.objects.filter(last_name="Ash"), 1),
            (Customer.objects.none(), 0),
            (Customer.objects.exclude(last_name="Ash"), 1),
            (Customer.objects.all()[:1], 1),
            (Customer.objects.values("last_name").distinct(), 2),
            (Customer.objects.filter(last_name="Ash").union(Customer.objects.none()), 1),
            (Customer.objects.annotate(number=models.F("policies__policy_number")), 3),
            (Customer.objects.extra(where=["last_name = 'Ash'"]), 1),
            (Policy.objects.visible_to(owner), 2),
            (Policy.objects.with_status("active", Policy.objects.all()[0].start_date), 3),
        ]
        for rows, expected in parts:
            assert not is_whole_table(rows)
            assert total_of(rows) == expected

    def test_annotations_that_neither_add_rows_nor_leave_any_out_do_not_matter(self) -> None:
        PolicyFactory.create_batch(2)
        claims = Claim.objects.filter(policy=models.OuterRef("pk"))
        rows = Policy.objects.annotate(has_claims=models.Exists(claims), number=models.F("policy_number"))
        assert is_whole_table(rows)
        assert total_of(rows) == 2

    def test_what_no_migration_counts_is_counted_row_by_row(self) -> None:
        owner = policyholder()
        assert not is_whole_table(type(owner)._default_manager.all())
        assert total_of(type(owner)._default_manager.all()) == 1


@pytest.mark.django_db
class TestReconciling:
    def test_it_tells_what_each_counter_says_and_that_it_is_right(self) -> None:
        CustomerFactory.create_batch(3)
        assert "customers_customer: 3 rows, the counter says 3" in reconciled().splitlines()

    def test_a_wrong_counter_is_found_and_put_right_when_that_is_asked_for(self) -> None:
        CustomerFactory.create_batch(3)
        spoil("customers_customer", by=7)
        assert total_of(Customer.objects.all()) == 10
        with pytest.raises(CommandError, match="Wrong: customers_customer"):
            reconciled()
        assert total_of(Customer.objects.all()) == 10
        assert reconciled("--repair").endswith("customers_customer: put right.\n")
        assert total_of(Customer.objects.all()) == 3
        reconciled()

    def test_a_counter_whose_triggers_are_gone_is_wrong_even_while_its_number_is_right(self) -> None:
        CustomerFactory.create()
        on_the_spot()
        with connection.cursor() as cursor:
            cursor.execute(counting.dialect_of(connection).drop_trigger("customers_customer_deleted", "customers_customer"))
        with pytest.raises(CommandError, match="Wrong: customers_customer"):
            reconciled()
        reconciled("--repair")
        Customer.objects.all().delete()
        assert counter(Customer) == 0

    @needs.postgresql
    def test_a_trigger_that_is_switched_off_is_noticed(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE customers_customer DISABLE TRIGGER customers_customer_inserted")
        with pytest.raises(CommandError, match="Wrong: customers_customer"):
            reconciled()

    def test_every_model_that_says_it_is_counted_has_a_migration_for_it(self) -> None:
        assert counting.counted_tables() == ["claims_claim", "customers_customer", "policies_policy"]
        assert all(counting.is_kept(connection, table) for table in counting.counted_tables())

    def test_a_table_that_a_migration_made_anew_is_counted_again_after_it(self) -> None:
        """SQLite makes a table anew for many a change of it, and its triggers are gone then."""
        CustomerFactory.create_batch(2)
        on_the_spot()
        with connection.cursor() as cursor:
            for name in counting.dialect_of(connection).triggers("customers_customer"):
                cursor.execute(counting.dialect_of(connection).drop_trigger(name, "customers_customer"))
        CustomerFactory.create()
        counting.recount_remade_tables("default")
        assert counter(Customer) == (3 if connection.vendor == "sqlite" else 2)


@pytest.mark.django_db(transaction=True)
class TestManyAtOnce:
    @needs.postgresql
    def test_writers_that_add_delete_and_give_up_leave_it_right(self) -> None:
        def work(number: int) -> None:
            chance = random.Random(number)
            for _ in range(12):
                try:
                    with transaction.atomic():
                        customers = CustomerFactory.create_batch(chance.randint(1, 3))
                        PolicyFactory.create(customer=customers[0])
                        if chance.random() < 0.4:
                            customers.pop().delete() if len(customers) > 1 else None
                        if chance.random() < 0.3:
                            raise ZeroDivisionError
                except ZeroDivisionError:
                    pass
            connection.close()

        in_threads([lambda number=number: work(number) for number in range(6)])  # type: ignore[misc]
        assert Customer.objects.count() > 50
        assert agree()

    @needs.postgresql
    def test_nobody_waits_for_who_has_not_committed(self) -> None:
        """Two transactions, each between the other's statements, on two tables in opposite orders."""
        first_is_in, second_is_through = threading.Event(), threading.Event()
        customer = CustomerFactory.create()

        def first() -> None:
            with transaction.atomic():
                CustomerFactory.create()
                first_is_in.set()
                assert second_is_through.wait(10)
                PolicyFactory.create(customer=customer)
            connection.close()

        def second() -> None:
            assert first_is_in.wait(10)
            with transaction.atomic():
                PolicyFactory.create(customer=customer)
                CustomerFactory.create()
            second_is_through.set()
            connection.close()

        in_threads([first, second])
        assert (counter(Customer), counter(Policy)) == (3, 2)
        assert agree()

    @needs.postgresql
    def test_slots_are_used_again(self) -> None:
        def work() -> None:
            CustomerFactory.create_batch(10)
            connection.close()

        in_threads([work] * 3)
        CustomerFactory.create_batch(30)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {counting.COUNTERS} WHERE table_name = 'customers_customer'")
            assert cursor.fetchone()[0] <= 3
        assert counter(Customer) == 60

    @needs.postgresql
    def test_rows_that_come_while_the_migration_runs_are_counted_once(self) -> None:
        operation, state = CountRows("customer"), ProjectState.from_apps(apps)
        stop = threading.Event()

        def keep_adding() -> None:
            while not stop.is_set():
                with transaction.atomic():
                    CustomerFactory.create_batch(2)
            connection.close()

        def migrate() -> None:
            try:
                for _ in range(5):
                    with connection.schema_editor() as editor:
                        operation.database_backwards("customers", editor, state, state)
                    with connection.schema_editor() as editor:
                        operation.database_forwards("customers", editor, state, state)
            finally:
                stop.set()
                connection.close()

        in_threads([keep_adding, keep_adding, migrate])
        assert agree()

    def test_flush_leaves_it_at_nothing(self) -> None:
        CustomerFactory.create_batch(3)
        call_command("flush", interactive=False, verbosity=0)
        assert counter(Customer) == 0
        CustomerFactory.create()
        assert counter(Customer) == 1


def in_threads(works: list[Callable[[], object]]) -> None:
    """All of them at once; what one raises is raised here."""
    failures: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            work()
        except BaseException as failure:  # noqa: BLE001  # raised again below, in the test's own thread
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for failure in failures:
        raise failure
