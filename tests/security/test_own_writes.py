"""The second net beneath writes: with the services' own filters taken out, PostgreSQL still lets no policyholder change a foreign row.

Decision 0160. On SQLite there is no such net; the services are held by test_foreign_objects.py and tests/api/test_permissions.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, ProgrammingError, connection, transaction

from claims.models import Claim
from customers.models import Customer
from policies.models import Policy
from policies.quotes.models import Quote
from tests import needs
from tests.api.calling import Caller
from tests.api.standing import overpaid
from tests.api.who_may import OWNER, TABLE, UPLOAD, Row, address, operations
from tests.factories import policyholder, superuser
from tests.quotes import making
from vanguard import confinement, context, own_writes
from vanguard.accounts.models import User
from vanguard.querysets import locked
from vanguard.recording import recorded, telling

pytestmark = [pytest.mark.django_db, needs.postgresql]
REFUSED = "somebody else's"
OWNED = sorted(confinement.owners())
KEYS = {model._meta.db_table: model._meta.pk.column for model in apps.get_models(include_auto_created=True)}
# Of these the two people of the test have none: papers and notices are made by events; an upload and an answer are tried through the API.
WITHOUT_ROWS = {
    "billing_notice",
    "claims_claimdocument",
    "decisions_denial",
    "decisions_informationrequest",
    "letters_claimletter",
    "papers_policydocument",
    "policies_policytransition",
}
# Whose rows nobody changes at all, which is told first.
NEVER_CHANGED = "never changed|only ever added|kept as it is"


# Where services decide within whose reach a record is → all of them.
REACHES = {
    "claims.services.intake._policies_of": lambda _: Policy.objects.all(),
    "claims.services.asking._within_reach": lambda _: Claim.objects.all(),
    "claims.services.file._within_reach": lambda _: Claim.objects.all(),
    "claims.services.appeals._within_reach": lambda _: Claim.objects.all(),
    "policies.quotes.services.requesting._customers_of": lambda _: Customer.objects.all(),
    "policies.quotes.services.requesting._quote_for": lambda _, __, key, version: locked(Quote.objects.all(), key, version),
}


@pytest.fixture
def without_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if somebody had forgotten, in every service and every filter, to ask whose it is."""
    for model in apps.get_models():
        rows = type(model._default_manager.all())
        if "visible_to" in vars(rows):
            monkeypatch.setattr(rows, "visible_to", lambda rows, _user: rows.all())
    for name, instead in REACHES.items():
        monkeypatch.setattr(name, instead)


@contextmanager
def only_of(person: Customer) -> Iterator[None]:
    """What is written inside is written by a request of this policyholder."""
    token = context.changes_only_of.set(str(person.user_id))
    try:
        with transaction.atomic():
            yield
    finally:
        context.changes_only_of.reset(token)


def rows_of(table: str, person: Customer) -> list[Any]:
    """The ids of the rows that are this customer's."""
    with connection.cursor() as cursor:
        condition = own_writes._belongs(table, table).replace("mine", "%s")
        cursor.execute(f"SELECT {KEYS[table]} FROM {table} WHERE {condition}", [person.user_id])
        return [key for (key,) in cursor.fetchall()]


def touch(table: str, key: Any) -> None:
    with connection.cursor() as cursor:
        telling.tell(connection)
        cursor.execute(f"UPDATE {table} SET {KEYS[table]} = {KEYS[table]} WHERE {KEYS[table]} = %s", [key])


def somebody() -> Customer:
    """With something of everything."""
    claim = overpaid()
    person = claim.policy.customer
    making.quoted(person)
    policyholder(person)
    person.refresh_from_db()
    return person


def test_every_table_whose_rows_are_somebodys_has_its_trigger_and_is_told_who_acts() -> None:
    assert own_writes.missing() == []
    assert set(OWNED) - recorded().keys() == set(), "what is not recorded is not told whose rows it may change"


def test_migrating_again_puts_back_what_was_taken_away() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER own_rows ON claims_claim; COMMENT ON TRIGGER own_rows ON policies_policy IS 'another'")
    assert own_writes.missing() == ["claims_claim", "policies_policy"]
    call_command("migrate", verbosity=0)
    assert own_writes.missing() == []


def test_of_no_table_a_policyholder_changes_a_row_of_somebody_else_and_of_each_the_own() -> None:
    mine, theirs = somebody(), somebody()
    tried = set()
    for table in OWNED:
        own, foreign = rows_of(table, mine), rows_of(table, theirs)
        if not foreign:
            continue
        tried.add(table)
        with pytest.raises((ProgrammingError, IntegrityError), match=f"{REFUSED}|{NEVER_CHANGED}") as refused, only_of(mine):
            touch(table, foreign[0])
        if REFUSED in str(refused.value):
            with only_of(mine):
                touch(table, own[0])
    assert set(OWNED) - tried == WITHOUT_ROWS


def test_nor_is_a_row_taken_from_somebody_given_away_added_to_theirs_or_removed() -> None:
    mine, theirs = somebody(), somebody()
    own, foreign = (Claim.objects.get(policy__customer=person) for person in (mine, theirs))
    for change in (
        lambda: Claim.objects.filter(pk=foreign.pk).update(policy=own.policy),
        lambda: Claim.objects.filter(pk=own.pk).update(policy=foreign.policy),
        lambda: Customer.objects.filter(pk=theirs.pk).update(user=None),
        lambda: User.objects.filter(customer=theirs).update(is_superuser=True),
        lambda: Quote.objects.filter(customer=theirs).update(version=9),
        lambda: User.objects.get(customer=theirs).groups.clear(),
    ):
        with pytest.raises(ProgrammingError, match=REFUSED), only_of(mine):
            change()
    Claim.objects.filter(pk=foreign.pk).update(version=9)
    assert Claim.objects.get(pk=foreign.pk).version == 9, "anybody else, and the platform itself, writes as before"


def writes_of_policyholders() -> list[str]:
    return [name for name in operations() if not name.startswith("GET ") and (row := TABLE[name]) is not None and OWNER & row.may]


def contents() -> dict[str, Any]:
    """What stands in each table whose rows are somebody's."""
    found = {}
    with connection.cursor() as cursor:
        for table in OWNED:
            cursor.execute(f"SELECT count(*), sum(hashtext(each::text)) FROM {table} each")
            found[table] = cursor.fetchone()
    return found


def sent(operation: str, caller: Caller) -> tuple[int, set[str]]:
    """How it was answered, and the tables with rows of somebody in which something is another afterwards."""
    row = TABLE[operation]
    assert isinstance(row, Row)
    theirs = row.make()
    method, path = address(operation, theirs)
    body = row.body(theirs)
    before = contents()
    answer = caller.upload(path, "invoice.pdf", b"%PDF-1.7 invoice", kind="invoice") if body is UPLOAD else caller.send(method, path, body)
    return answer.status, {table for table, what in contents().items() if what != before[table]}


@pytest.mark.parametrize("operation", [name for name in writes_of_policyholders() if "{" in name or name.endswith(("/claims", "/quotes"))])
def test_without_the_services_filters_no_write_of_the_api_reaches_a_foreign_record(
    operation: str, without_reach: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller(policyholder())
    status, tables = sent(operation, caller)
    assert (status >= 400, tables) == (True, set())
    monkeypatch.setattr(own_writes, "settle", lambda *_: None)
    status, tables = sent(operation, caller)
    assert (status < 300, bool(tables)) == (True, True), "without this net it goes through: it is what stood in the way"


def test_staff_change_what_their_role_lets_them() -> None:
    boss = Caller(superuser())
    status, tables = sent("POST /api/claims", boss)
    assert status == 201
    assert "claims_claim" in tables
