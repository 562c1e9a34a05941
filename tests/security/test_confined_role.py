"""The role as which policyholders' reads are made can read what is theirs, and nothing more, whatever somebody gave it. PostgreSQL only.

Decision 0108. What it may read is held by tests/security/test_row_security.py; here somebody gave it more, and `check` says so.
"""

import os
from typing import Any

import psycopg
import pytest
from django.core.checks import CheckMessage, run_checks
from django.core.management import call_command
from django.core.management.base import CommandError, SystemCheckError
from django.db import connection
from pytest_django import Settings

from tests import needs
from vanguard import confined_rights, confinement, rights
from vanguard.backup.postgresql import parameters

pytestmark = [pytest.mark.django_db, needs.postgresql]
LESSER = f"vanguard_lesser_{os.getpid()}"
MORE_OF_THE_ROLE = [
    ("ALTER ROLE {role} BYPASSRLS", 'ALTER ROLE "{role}" NOBYPASSRLS'),
    ("ALTER ROLE {role} LOGIN CREATEROLE", 'ALTER ROLE "{role}" NOCREATEROLE NOLOGIN'),
    ("CREATE ROLE more_{role}; GRANT more_{role} TO {role}", 'REVOKE "more_{role}" FROM "{role}"'),
    ("GRANT pg_read_all_data TO {role}", 'REVOKE "pg_read_all_data" FROM "{role}"'),
    ("GRANT CREATE ON SCHEMA public TO {role}; ALTER FUNCTION vanguard_record_rows() OWNER TO {role};"
     " REVOKE CREATE ON SCHEMA public FROM {role}", "it owns vanguard_record_rows"),
    ("ALTER TABLE claims_claimnote OWNER TO {role}", "it owns claims_claimnote"),
]  # fmt: skip
MORE_ON_TABLES = [
    ("GRANT TRUNCATE ON claims_claim TO {role}", 'REVOKE TRUNCATE ON "claims_claim" FROM {role}'),
    ("GRANT INSERT ON claims_claimnote TO {role}", 'REVOKE INSERT ON "claims_claimnote" FROM {role}'),
    ("GRANT SELECT ON claims_claimnote TO {role}", 'REVOKE SELECT ON "claims_claimnote" FROM {role}'),
    ("GRANT SELECT ON accounts_secondfactor TO PUBLIC", 'REVOKE SELECT ON "accounts_secondfactor" FROM PUBLIC'),
    ("GRANT UPDATE (claim_number) ON claims_claim TO {role}", 'REVOKE UPDATE ("claim_number") ON "claims_claim" FROM {role}'),
    ("GRANT SELECT ON claims_claim TO {role} WITH GRANT OPTION", 'REVOKE GRANT OPTION FOR SELECT ON "claims_claim" FROM {role}'),
    ("GRANT CREATE ON SCHEMA public TO {role}", "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}"),
    ("ALTER TABLE customers_customer DISABLE ROW LEVEL SECURITY", "the policy own_rows of customers_customer is away"),
    ("DROP POLICY own_rows ON claims_claim", "the policy own_rows of claims_claim is away"),
    ("ALTER POLICY own_rows ON claims_claim USING (true)", "the policy own_rows of claims_claim is away"),
    ("ALTER POLICY own_rows ON claims_claim TO CURRENT_USER", "the policy own_rows of claims_claim is away"),
]  # fmt: skip


@pytest.fixture
def role(settings: Settings) -> str:
    return str(settings.CONFINED_ROLE)


def run(statement: str, role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(statement.format(role=role))


def found() -> list[CheckMessage]:
    return [each for each in run_checks(databases=["default"]) if each.id in ("vanguard.E007", "vanguard.W010", "vanguard.W012")]


def test_as_it_was_made_it_has_nothing_more() -> None:
    assert found() == []


@pytest.mark.parametrize(("given", "to_be_run"), MORE_OF_THE_ROLE)
def test_what_only_an_administrator_takes_is_an_error_that_says_what_is_to_be_run(role: str, given: str, to_be_run: str) -> None:
    run(given, role)
    with pytest.raises(SystemCheckError) as told:
        call_command("check", "--database", "default")
    assert "vanguard.E007" in str(told.value)
    assert to_be_run.format(role=role) in str(told.value)


@pytest.mark.parametrize(("given", "to_be_run"), MORE_ON_TABLES)
def test_more_on_tables_is_named_and_the_next_migrate_puts_it_right(role: str, given: str, to_be_run: str) -> None:
    run(given, role)
    [told] = found()
    assert (told.id, to_be_run.format(role=role) in told.msg) == ("vanguard.W010", True), told.msg
    confinement.install()
    confined_rights.install()
    assert found() == []


def test_who_serves_without_owning_the_tables_is_told_by_an_error(role: str) -> None:
    """It cannot put that right, so `verify_all` fails."""
    rights.give(LESSER)
    run(f"GRANT TRUNCATE ON claims_claim TO {{role}}; SET LOCAL ROLE {LESSER}", role)
    with pytest.raises(CommandError, match=r"vanguard\.E007[^$]*TRUNCATE"):
        call_command("verify_all")


def test_what_another_owns_stops_no_migrate_and_stays_named(role: str) -> None:
    rights.give(LESSER)
    run("CREATE TABLE of_another (id int); GRANT SELECT ON of_another TO PUBLIC; GRANT TRUNCATE ON of_another TO {role}", role)
    run(f"SET LOCAL ROLE {LESSER}", role)
    confined_rights.install()
    told = found()
    assert [(each.id, "of_another" in each.msg) for each in told] == [("vanguard.E007", True), ("vanguard.W012", True)]


@pytest.mark.usefixtures("role")
def test_what_everybody_may_with_anothers_table_is_told_of_and_stays(caplog: pytest.LogCaptureFixture) -> None:
    """Another team's reports, say, in the same schema: theirs to say who reads them. What everybody may with ours is taken, and told."""
    run("CREATE TABLE of_another_team (id serial); GRANT SELECT, INSERT ON of_another_team TO PUBLIC", "")
    run("GRANT USAGE ON SEQUENCE of_another_team_id_seq TO PUBLIC; GRANT SELECT ON accounts_secondfactor TO PUBLIC", "")
    confinement.install()
    confined_rights.install()
    taken = [each.statement for each in caplog.records if each.getMessage() == "rights_taken"]  # type: ignore[attr-defined]  # our own
    assert taken == ['REVOKE SELECT ON "accounts_secondfactor" FROM PUBLIC']
    [told] = found()
    assert (told.id, told.is_serious()) == ("vanguard.W012", False), "no error, which would stop verify_all for good"
    for each in ("INSERT", "SELECT"):
        assert f'REVOKE {each} ON "of_another_team" FROM PUBLIC' in told.msg
    assert 'REVOKE USAGE ON SEQUENCE "of_another_team_id_seq" FROM PUBLIC' in told.msg
    with connection.cursor() as cursor:
        cursor.execute("SELECT relacl::text FROM pg_class WHERE relname = 'of_another_team'")
        assert "=ar/" in str(cursor.fetchone())


def test_what_the_role_itself_was_given_on_anothers_table_is_taken(role: str) -> None:
    """The role is ours, and for nothing but what is named. Not from a table that another owns, which stops no migrate."""
    rights.give(LESSER)
    run("CREATE TABLE of_another (id int); GRANT SELECT ON of_another TO {role}", role)
    run(f"SET LOCAL ROLE {LESSER}", role)
    confined_rights.install()
    assert [(each.id, "of_another" in each.msg) for each in found()] == [("vanguard.E007", True)]
    run("RESET ROLE", role)
    confined_rights.install()
    assert found() == []


class TestALogIn:
    """An administrator made the role beforehand by CREATE USER, or `createuser`, which give it a log-in."""

    @pytest.fixture(autouse=True)
    def made_with_a_log_in(self, role: str) -> None:
        run("ALTER ROLE {role} LOGIN", role)

    def can_log_in(self, role: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [role])
            return bool(cursor.fetchone()[0])

    def test_is_taken_by_migrate_which_says_so(self, role: str, capsys: pytest.CaptureFixture[str]) -> None:
        [told] = found()
        assert (told.id, f'`migrate` takes that: ALTER ROLE "{role}" NOLOGIN' in told.msg) == ("vanguard.W010", True)
        call_command("migrate")
        assert f'ALTER ROLE "{role}" NOLOGIN' in capsys.readouterr().out
        assert (self.can_log_in(role), found()) == (False, [])

    def test_stops_migrate_before_it_begins_where_it_may_not_take_it_and_the_statement_is_named(self, role: str) -> None:
        rights.give(LESSER)
        run(f"SET LOCAL ROLE {LESSER}", role)
        with pytest.raises(SystemCheckError, match=f'ALTER ROLE "{role}" NOLOGIN') as told:
            call_command("migrate", skip_checks=False)
        assert "before it has changed anything" in str(told.value)

    def test_stays_as_long_as_somebody_is_logged_in_as_it(self, settings: Settings) -> None:
        """It is another's, and a service of theirs would stand still at its next connection."""
        settings.CONFINED_ROLE = name = f"vanguard_used_{os.getpid()}"
        known: dict[str, Any] = {key: value for key, value in parameters().items() if key != "user"}
        with psycopg.connect(**parameters(), autocommit=True) as server:
            server.execute(f"CREATE ROLE {name} LOGIN")
            try:
                with psycopg.connect(**known, user=name):
                    [told] = [each for each in found() if "logged in" in each.msg]
            finally:
                server.execute(f"DROP ROLE {name}")
        assert (told.id, "1 are logged in as it now" in told.msg) == ("vanguard.E007", True)

    def test_with_more_beside_it_is_an_administrators_to_look_at(self, role: str) -> None:
        run("ALTER ROLE {role} CREATEDB", role)
        confined_rights.install()
        assert ([each.id for each in found()], self.can_log_in(role)) == (["vanguard.E007"], True)

    def test_of_the_platform_itself_is_never_named_as_what_to_take(self, role: str, settings: Settings) -> None:
        """CONFINED_ROLE set to who serves: the statement would have locked the platform out."""
        settings.APPLICATION_DATABASE_URL = f"postgres://{role}@db:5432/vanguardai"
        [told] = found()
        assert (told.id, "NOLOGIN" in told.msg, "as which the platform itself logs in" in told.msg) == ("vanguard.E007", False, True)
        confined_rights.install()
        assert self.can_log_in(role)


def test_a_column_that_is_not_everybodys_is_more(role: str) -> None:
    assert confinement.columns_of("auth_group") == ("id", "name")
    run("ALTER TABLE auth_group ADD COLUMN told_to_few text; GRANT SELECT (told_to_few) ON auth_group TO {role}", role)
    [told] = found()
    assert f'REVOKE SELECT ("told_to_few") ON "auth_group" FROM {role}' in told.msg


def test_without_the_role_there_is_nothing_to_say(settings: Settings, role: str) -> None:
    run("GRANT SELECT ON claims_claimnote TO {role}", role)
    settings.CONFINED_ROLE = ""
    assert found() == []
    settings.CONFINED_ROLE = "never_made"
    assert {each.id for each in found()} <= {"vanguard.W010"}, "no policy is for it; migrate makes it"
