"""`migrate` of an older release, on a database that a newer one has migrated: it adds what it needs itself, and takes nothing away.

Decision 0170. So newer servers that still run, or run again later, have what they need; and of a table that it does not know an older
release says nothing: there may be another trail among them.
"""

import os
from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from pytest_django import Settings

from tests import needs
from vanguard import own_writes, recording, rights
from vanguard.accounts.roles import sync_roles

pytestmark = pytest.mark.django_db
ROLE = f"vanguard_older_{os.getpid()}"
TOMORROW = "audit_of_tomorrow"
# The rights that a role was given on a table, and everybody (the owner of them is nobody's concern here).
GIVEN = """
    SELECT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(grantee) END, privilege_type
    FROM pg_class t CROSS JOIN aclexplode(t.relacl) WHERE t.relname = %s AND grantee <> t.relowner ORDER BY 1, 2
"""


@pytest.fixture(autouse=True)
def migrated_by_a_newer_release() -> None:
    MigrationRecorder(connection).record_applied("claims", "9999_of_tomorrow")


@pytest.fixture
def confined(settings: Settings) -> str:
    return str(settings.CONFINED_ROLE)


def ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall()) if cursor.description else []


def given(table: str) -> list[tuple[str, str]]:
    return [(str(role), str(right)) for role, right in ask(GIVEN, table)]


@needs.postgresql
def test_who_serves_is_given_nothing_on_a_table_that_it_does_not_know(settings: Settings) -> None:
    rights.give(ROLE)
    settings.APPLICATION_DATABASE_URL = f"postgres://{ROLE}@db:5432/vanguardai"
    ask(f"CREATE TABLE {TOMORROW} (id int); GRANT SELECT, TRUNCATE ON {TOMORROW} TO {ROLE}")
    before = given(TOMORROW)
    assert rights.wanting(ROLE) == [], "nor is that an error of the check"
    call_command("migrate", verbosity=0)
    assert given(TOMORROW) == before
    ask(f"REVOKE INSERT ON claims_claimnote FROM {ROLE}")
    call_command("migrate", verbosity=0)
    assert (ROLE, "INSERT") in given("claims_claimnote"), "what it needs itself it still gives"


@needs.postgresql
def test_policyholders_of_the_newer_release_go_on_reading(confined: str) -> None:
    ask(f"CREATE TABLE {TOMORROW} (id int); GRANT SELECT ON {TOMORROW} TO {confined}, PUBLIC")
    ask(f"ALTER TABLE auth_group ADD COLUMN told_to_all text; GRANT SELECT (told_to_all) ON auth_group TO {confined}")
    ask("COMMENT ON POLICY own_rows ON claims_claim IS 'As of tomorrow'")
    before = given(TOMORROW)
    call_command("migrate", verbosity=0)
    assert given(TOMORROW) == before
    assert ask("SELECT has_column_privilege(%s, 'auth_group', 'told_to_all', 'SELECT')", confined) == [(True,)]
    assert ask(
        "SELECT obj_description(oid, 'pg_policy') FROM pg_policy WHERE polrelid = 'claims_claim'::regclass AND polname = 'own_rows'"
    ) == [("As of tomorrow",)]
    assert [each.msg for each in run_checks(databases=["default"]) if each.id in ("vanguard.E007", "vanguard.W010", "vanguard.W012")] == []


@needs.postgresql
def test_what_an_older_release_reads_itself_is_opened_and_a_right_to_write_is_taken_as_ever(confined: str) -> None:
    ask(f"REVOKE ALL ON claims_claimdocument, auth_group FROM {confined}; GRANT TRUNCATE ON claims_claim TO {confined}")
    call_command("migrate", verbosity=0)
    assert ask("SELECT has_table_privilege(%s, 'claims_claimdocument', 'SELECT')", confined) == [(True,)]
    assert ask("SELECT has_column_privilege(%s, 'auth_group', 'name', 'SELECT')", confined) == [(True,)]
    assert given("claims_claim") == [(confined, "SELECT")]


@needs.postgresql
def test_a_policyholders_writes_of_the_newer_release_stay_guarded() -> None:
    ask(
        f"CREATE TABLE {TOMORROW} (id uuid, claim_id uuid);"
        f" CREATE TRIGGER own_rows AFTER INSERT ON {TOMORROW} FOR EACH ROW EXECUTE FUNCTION own_rows_of_claims_claim();"
        " COMMENT ON TRIGGER own_rows ON claims_claimdocument IS 'As of tomorrow'; DROP TRIGGER own_rows ON policies_policy"
    )
    call_command("migrate", verbosity=0)
    guarded = dict(ask("SELECT tgrelid::regclass::text, obj_description(oid, 'pg_trigger') FROM pg_trigger WHERE tgname = 'own_rows'"))
    assert {TOMORROW, "policies_policy"} <= guarded.keys()
    assert guarded["claims_claimdocument"] == "As of tomorrow"
    assert own_writes.missing() == [], "nor is it a fault of the books"


def test_a_column_that_the_newer_release_hides_stays_hidden_in_the_trail() -> None:
    """What is once in the trail in the clear cannot be taken out of it."""
    of_tomorrow = replace(recording.recorded()["intake_queue"], hidden=("name",))
    with connection.cursor() as cursor:
        for name, statement in of_tomorrow.triggers(connection.vendor).items():
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER {name}")
            cursor.execute(statement)
    made = sorted(recording._at_work(connection))
    call_command("migrate", verbosity=0)
    assert sorted(recording._at_work(connection)) == made


def test_roles_keep_what_the_newer_release_gave_them_and_get_what_the_older_one_needs() -> None:
    role = Group.objects.get(name="Adjuster")
    tomorrows = Permission.objects.create(
        content_type=ContentType.objects.create(app_label="claims", model="of_tomorrow"), codename="view_of_tomorrow", name="See it"
    )
    role.permissions.add(tomorrows)
    needed = role.permissions.exclude(pk=tomorrows.pk)[0]
    role.permissions.remove(needed)
    call_command("migrate", verbosity=0)
    assert {tomorrows, needed} <= set(role.permissions.all())
    MigrationRecorder(connection).record_unapplied("claims", "9999_of_tomorrow")
    sync_roles()
    assert tomorrows not in role.permissions.all(), "of one's own release a role has exactly what the table says"
