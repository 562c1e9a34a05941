"""How the role as which the platform serves gets its rights: by `migrate` and the command; and what `check` says. PostgreSQL only.

Decision 0195. What the role may do with them: tests/security/test_application_role.py.
"""

import io

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connection
from pytest_django import Settings

from tests import needs
from tests.security.application import ROLE, as_application, run
from vanguard import releases, rights

pytestmark = [pytest.mark.django_db, needs.postgresql]

# What somebody can give that no rights on tables hold back, and how it is named.
UNBOUND = [
    ("ALTER ROLE {role} SUPERUSER", "is a superuser"),
    ("ALTER ROLE {role} CREATEROLE", "may make roles"),
    ("ALTER ROLE {role} BYPASSRLS", "is not held by row-level security"),
    ("ALTER ROLE {role} REPLICATION", "may copy the whole server"),
    ("ALTER TABLE claims_claimnote OWNER TO {role}", "owns claims_claimnote"),
    (
        "CREATE ROLE owning_{role}; ALTER TABLE claims_claimnote OWNER TO owning_{role}; GRANT owning_{role} TO {role}",
        "owns claims_claimnote",
    ),
    (
        "GRANT CREATE ON SCHEMA public TO {role}; ALTER FUNCTION vanguard_record_rows() OWNER TO {role}",
        "owns the function vanguard_record_rows",
    ),
    ("ALTER SCHEMA public OWNER TO {role}", "owns the schema public"),
]


@pytest.fixture
def role() -> str:
    """Gone with the test's transaction."""
    rights.give(ROLE)
    return ROLE


class TestGiving:
    def test_a_second_time_there_is_nothing_to_do_and_what_was_taken_or_added_is_put_right(self, role: str) -> None:
        assert rights.wanting(role) == []
        run(f"REVOKE INSERT ON claims_claimnote FROM {role}; GRANT UPDATE, TRUNCATE ON audit_record TO {role}; ALTER ROLE {role} INHERIT")
        assert rights.give(role) == [
            f'ALTER ROLE "{role}" NOINHERIT',
            f'REVOKE TRUNCATE, UPDATE ON "audit_record" FROM "{role}"',
            f'GRANT INSERT ON "claims_claimnote" TO "{role}"',
        ]
        assert rights.wanting(role) == []

    @pytest.mark.parametrize(
        ("added", "taken"),
        [
            ("GRANT UPDATE ON audit_link TO PUBLIC", 'REVOKE UPDATE ON "audit_link" FROM PUBLIC'),
            ("GRANT UPDATE (actor) ON audit_record TO PUBLIC", 'REVOKE UPDATE ON "audit_record" FROM PUBLIC'),
            ("GRANT UPDATE (actor) ON audit_record TO {role}", 'REVOKE UPDATE ON "audit_record" FROM "{role}"'),
            ("GRANT TRUNCATE ON claims_claim TO {role}", 'REVOKE TRUNCATE ON "claims_claim" FROM "{role}"'),
            ("GRANT SELECT ON claims_claim TO {role} WITH GRANT OPTION",
             'REVOKE GRANT OPTION FOR ALL PRIVILEGES ON "claims_claim" FROM "{role}"'),
            ("GRANT SET ON PARAMETER session_replication_role TO {role}",
             "REVOKE SET ON PARAMETER session_replication_role FROM {role}"),
            ("CREATE ROLE more_{role}; GRANT SET ON PARAMETER session_replication_role TO more_{role}; GRANT more_{role} TO {role}",
             "REVOKE SET ON PARAMETER session_replication_role FROM more_{role}"),
            ("CREATE ROLE more_{role} REPLICATION; GRANT more_{role} TO {role}", 'REVOKE "more_{role}" FROM "{role}"'),
            ("GRANT pg_write_all_data TO {role}", 'REVOKE "pg_write_all_data" FROM "{role}"'),
            ("GRANT pg_execute_server_program TO {role}", 'REVOKE "pg_execute_server_program" FROM "{role}"'),
            ("CREATE ROLE more_{role}; GRANT DELETE ON audit_head TO more_{role}; GRANT more_{role} TO {role}",
             'REVOKE "more_{role}" FROM "{role}"'),
        ],
    )  # fmt: skip
    def test_what_it_has_by_others_is_taken_too(self, role: str, added: str, taken: str) -> None:
        run(added.format(role=role))
        assert rights.give(role) == [taken.format(role=role)]
        assert rights.wanting(role) == []

    def test_nor_may_it_make_schemas(self, role: str) -> None:
        run(f"DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {role}', current_database()); END $$")
        [taken] = rights.give(role)
        assert taken.startswith("REVOKE CREATE ON DATABASE")
        assert rights.wanting(role) == []

    def test_it_may_belong_to_who_has_nothing_that_it_must_not_have(self, role: str) -> None:
        """As `rds_iam`, by which a log-in at RDS goes without a password."""
        run(f"CREATE ROLE log_in_{role}; GRANT log_in_{role}, pg_monitor TO {role}")
        assert rights.wanting(role) == []

    def test_what_only_another_owner_can_take_is_named_with_its_statement(self, role: str) -> None:
        """PostgreSQL warns then, and revokes nothing."""
        run(f"GRANT CREATE ON SCHEMA public TO {role}; CREATE ROLE not_owning_{role}; SET LOCAL ROLE not_owning_{role}")
        with pytest.raises(ImproperlyConfigured, match=r"of the schema: \w+.*REVOKE CREATE ON SCHEMA public FROM PUBLIC"):
            rights.give(role)

    def test_a_table_that_a_migration_made_is_given_by_the_migration(self, role: str, settings: Settings) -> None:
        settings.APPLICATION_DATABASE_URL = f"postgres://{role}@db:5432/vanguardai"
        run(f"REVOKE ALL ON claims_claimnote FROM {role}")
        assert rights.wanting(role) == [f'GRANT DELETE, INSERT, SELECT, UPDATE ON "claims_claimnote" TO "{role}"']
        rights.install()
        assert rights.wanting(role) == []

    def test_every_table_that_migrations_make_is_known_and_anothers_is_neither_given_nor_taken(self, role: str) -> None:
        """Decision 0170. A table that a migration makes without a model is named in `vanguard.releases`."""
        assert sorted(set(connection.introspection.table_names()) - releases.our_tables()) == []
        run(f"CREATE TABLE of_another_team (id int); GRANT TRUNCATE ON of_another_team TO PUBLIC, {role}")
        assert rights.wanting(role) == []

    def test_what_migrate_takes_is_told(
        self, role: str, settings: Settings, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings.APPLICATION_DATABASE_URL = f"postgres://{role}@db:5432/vanguardai"
        run("GRANT UPDATE ON audit_link TO PUBLIC")
        call_command("migrate")
        taken = 'REVOKE UPDATE ON "audit_link" FROM PUBLIC'
        assert [each.statement for each in caplog.records if each.getMessage() == "rights_taken"] == [taken]  # type: ignore[attr-defined]  # our own
        assert f"Took what somebody else had given: {taken}" in capsys.readouterr().out

    def test_its_password_is_sent_as_a_digest(self) -> None:
        [made, *_] = rights.wanting(ROLE, "correct horse battery staple")
        assert made.startswith(f'CREATE ROLE "{ROLE}" LOGIN NOINHERIT PASSWORD \'SCRAM-SHA-256$')
        assert "horse" not in made

    @pytest.mark.parametrize(("given", "why"), UNBOUND)
    def test_who_could_not_be_held_back_is_refused(self, role: str, given: str, why: str) -> None:
        run(given.format(role=role))
        with pytest.raises(ImproperlyConfigured, match=f"{why}: no rights would hold it back"):
            rights.give(role)

    def test_who_may_not_give_them_is_told_what_to_have_run(self, role: str) -> None:
        as_application()
        with pytest.raises(ImproperlyConfigured, match=r"grant_application_role another_role --print"):
            rights.give("another_role")

    def test_an_address_without_a_user_is_refused(self, settings: Settings) -> None:
        settings.APPLICATION_DATABASE_URL = "postgres://db:5432/vanguardai"
        with pytest.raises(ImproperlyConfigured, match="APPLICATION_DATABASE_URL"):
            rights.install()


class TestTheCommand:
    def said(self, *arguments: str) -> str:
        out = io.StringIO()
        call_command("grant_application_role", *arguments, stdout=out)
        return out.getvalue()

    def test_it_prints_what_it_would_do_and_then_does_it(self) -> None:
        printed = self.said(ROLE, "--print").splitlines()
        assert printed[0] == f'CREATE ROLE "{ROLE}" LOGIN NOINHERIT;'
        assert f'GRANT SELECT ON "audit_record" TO "{ROLE}";' in printed
        assert rights.wanting(ROLE) != []
        assert f"{ROLE} has its rights" in self.said(ROLE)
        assert self.said(ROLE, "--print") == ""

    def test_the_address_of_who_serves_names_the_role(self, settings: Settings) -> None:
        settings.APPLICATION_DATABASE_URL = f"postgres://{ROLE}:a%40secret@db:5432/vanguardai"
        self.said()
        self.said("--set-password")
        assert rights.wanting(ROLE) == []

    def test_without_a_role_it_says_what_it_needs_unless_there_may_be_none(self) -> None:
        with pytest.raises(CommandError, match="APPLICATION_DATABASE_URL"):
            self.said()
        assert self.said("--if-any") == ""


class TestTheCheck:
    """`manage.py check --database default`."""

    def found(self) -> list[str]:
        return [str(each.id) for each in run_checks(databases=["default"]) if each.id in ("vanguard.W008", "vanguard.E006")]

    def test_what_serves_and_was_given_both_addresses_is_told_by_the_check_and_when_it_starts(
        self, settings: Settings, caplog: pytest.LogCaptureFixture
    ) -> None:
        def told() -> tuple[list[str], list[str]]:
            caplog.clear()
            rights.tell_who_serves()
            found = [str(each.id) for each in run_checks(include_deployment_checks=True) if each.id == "vanguard.W009"]
            return found, [record.getMessage() for record in caplog.records]

        settings.APPLICATION_DATABASE_URL = f"postgres://{ROLE}@db:5432/vanguardai"
        assert told() == ([], []), "not deployed"
        settings.DEPLOYED = True
        assert told() == (["vanguard.W009"], ["serves_as_owner"])
        settings.APPLICATION_DATABASE_URL = ""
        assert told() == ([], [])

    def test_who_serves_by_the_address_that_it_was_told_of_is_looked_at_as_ever(self, settings: Settings) -> None:
        settings.DEPLOYED = True
        settings.APPLICATION_DATABASE_URL = f"postgres://{connection.settings_dict['USER']}@db:5432/vanguardai"
        assert self.found() == ["vanguard.W008"], "it is the owner here"

    def test_a_deployed_platform_that_serves_as_the_owner_is_warned_of(self, settings: Settings) -> None:
        assert self.found() == []
        settings.DEPLOYED = True
        assert self.found() == ["vanguard.W008"]
        settings.APPLICATION_DATABASE_URL = f"postgres://{ROLE}@db:5432/vanguardai"
        assert self.found() == [], "who migrates is the owner on purpose"

    def test_one_that_serves_as_the_lesser_role_is_not_and_wrong_rights_are_an_error(self, role: str, settings: Settings) -> None:
        settings.DEPLOYED = True
        as_application()
        assert self.found() == []
        run("RESET ROLE")
        run(f"GRANT DELETE ON audit_record TO {role}")
        as_application()
        assert self.found() == ["vanguard.E006"]

    @pytest.mark.parametrize(("given", "why"), UNBOUND[1:])
    def test_one_to_which_somebody_gave_more_than_rights_is_an_error_that_names_it(
        self, role: str, settings: Settings, given: str, why: str
    ) -> None:
        """Not the warning of who serves as the owner on purpose: `verify_all` fails."""
        settings.DEPLOYED = True
        run(given.format(role=role))
        as_application()
        with pytest.raises(SystemCheckError, match=f"{ROLE}, whom no rights hold back: it .*{why}"):
            call_command("check", "--database", "default")
