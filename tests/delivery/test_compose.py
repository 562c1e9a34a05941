"""Requirement 3.2, read from the files; `make test-image` has both of them up."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
import yaml

from tests import needs
from tests.delivery.servers import ROOT

pytestmark = pytest.mark.once
SECRETS = ROOT / "deploy/compose/secrets.sh"
FILES = [ROOT / "docker-compose.yml", ROOT / "deploy/compose/production.yml"]


def services(file: Path) -> dict[str, Any]:
    """As they are where no variable says otherwise."""
    return dict(yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", file.read_text()))["services"])


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_the_portal_is_served_where_letters_lead_to(file: Path) -> None:
    """To reset a password: PUBLIC_URL has a name that nginx has the portal for, the platform trusts, and the certificate is for."""
    found = services(file)
    platform, nginx = found["app"]["environment"], found["nginx"]
    name = platform["PUBLIC_URL"].removeprefix("https://")
    portal = nginx["environment"]["NGINX_PORTAL_NAMES"].split()
    assert name in portal
    assert "app.vanguardai.com" in portal
    assert set(portal) <= set(platform["TRUSTED_HOSTS"].split(","))
    [names] = re.findall(r"certificate\.sh var/tls (.*)", (ROOT / "Makefile").read_text())
    assert {*portal, *nginx["environment"]["NGINX_NAMES"].split()} <= set(names.split())


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_the_portals_files_are_those_that_make_portal_leaves_and_are_not_invented(file: Path) -> None:
    """Docker would otherwise make an empty folder, as root's, for what is not there."""
    [mount] = [each for each in services(file)["nginx"]["volumes"] if isinstance(each, dict)]
    assert (mount["source"], mount["target"], mount["read_only"]) == ("./dist/apps/portal", "/srv/portal", True)
    assert mount["bind"] == {"create_host_path": False}
    assert re.search(r"(?m)^portal: .*\n\t.*run portal:build", (ROOT / "Makefile").read_text())


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_letters_to_staff_lead_to_the_workbench(file: Path) -> None:
    found = services(file)
    assert found["app"]["environment"]["WORKBENCH_URL"].removeprefix("https://") in found["nginx"]["environment"]["NGINX_NAMES"].split()


def test_a_server_says_its_own_names_and_address_without_a_change_of_the_file() -> None:
    """What stands under `environment` counts before what is in the file of secrets, so each of these asks for a variable first."""
    found = yaml.safe_load((ROOT / "deploy/compose/production.yml").read_text())["services"]
    given = found["app"]["environment"] | found["nginx"]["environment"]
    names = ["TRUSTED_HOSTS", "PUBLIC_URL", "WORKBENCH_URL", "NGINX_NAMES", "NGINX_PORTAL_NAMES"]
    assert [name for name in names if not given[name].startswith(f"${{{name}:-")] == []
    assert [port for port in found["nginx"]["ports"] if not port.startswith("${BIND:-127.0.0.1}:")] == []


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.name)
def test_nginx_starts_anew_with_the_application(file: Path) -> None:
    assert services(file)["nginx"]["depends_on"]["app"] == {"condition": "service_healthy", "restart": True}


def variables(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


class TestTheOwnerOfTheTables:
    """Who migrates. What serves has another address, and cannot become the owner (decision 0195)."""

    def test_only_what_migrates_is_given_its_address(self) -> None:
        found = services(ROOT / "deploy/compose/production.yml")
        given = {name: each.get("env_file", []) for name, each in found.items()}
        assert [name for name, files in given.items() if "var/compose/owner.env" in files] == ["migrate"]
        assert given["migrate"][-1] == "var/compose/owner.env", "it counts before what serves is told"
        assert given["app"] == given["jobs"] == ["var/compose/platform.env"]

    def made(self, folder: Path) -> tuple[dict[str, str], dict[str, str], dict[str, str]]:
        subprocess.run([SECRETS, folder], check=True, capture_output=True)
        assert all(file.stat().st_mode & 0o077 == 0 for file in folder.iterdir())
        platform, owner, database = (variables(folder / f"{name}.env") for name in ("platform", "owner", "database"))
        return platform, owner, database

    def test_each_has_a_password_of_its_own_and_what_is_there_stays(self, tmp_path: Path) -> None:
        platform, owner, database = first = self.made(tmp_path)
        assert owner["DATABASE_URL"] == f"postgres://vanguardai:{database['POSTGRES_PASSWORD']}@db:5432/vanguardai"
        assert owner["APPLICATION_DATABASE_URL"] == platform["DATABASE_URL"]
        assert platform["DATABASE_URL"].startswith("postgres://vanguard_app:")
        assert database["POSTGRES_PASSWORD"] not in platform["DATABASE_URL"]
        assert self.made(tmp_path) == first

    def test_a_folder_from_before_there_were_two_keeps_its_secrets_and_gets_the_second(self, tmp_path: Path) -> None:
        earlier = {"DATABASE_URL": "postgres://vanguardai:old@db:5432/vanguardai", "JWT_SECRET_KEY": "jwt", "ENCRYPTION_KEY": "key"}
        for name, said in (("platform", earlier), ("database", {"POSTGRES_PASSWORD": "old"})):
            (tmp_path / f"{name}.env").write_text("".join(f"{key}={value}\n" for key, value in said.items()))
            (tmp_path / f"{name}.env").chmod(0o600)
        platform, owner, database = self.made(tmp_path)
        assert owner == {"DATABASE_URL": earlier["DATABASE_URL"], "APPLICATION_DATABASE_URL": platform["DATABASE_URL"]}
        assert platform == earlier | {"DATABASE_URL": platform["DATABASE_URL"]}
        assert (platform["DATABASE_URL"].startswith("postgres://vanguard_app:"), database) == (True, {"POSTGRES_PASSWORD": "old"})

    @pytest.mark.parametrize(
        ("owners", "serves"),
        [
            (
                "postgres://owner:p%40ss@db.example.com:6432/insurance?sslmode=require&connect_timeout=5",
                "postgres://vanguard_app:{}@db.example.com:6432/insurance?sslmode=require&connect_timeout=5",
            ),
            ("postgresql://o:p@ss|&@first:5432,second:5432/insurance", "postgresql://vanguard_app:{}@first:5432,second:5432/insurance"),
            ("postgres://owner:p@[2001:db8::1]/insurance?options=a@b", "postgres://vanguard_app:{}@[2001:db8::1]/insurance?options=a@b"),
            ('"postgres://db.example.com/insurance"', '"postgres://vanguard_app:{}@db.example.com/insurance"'),
        ],
    )
    def test_a_database_elsewhere_is_reached_as_before_by_another_user(self, tmp_path: Path, owners: str, serves: str) -> None:
        earlier = {"JWT_SECRET_KEY": "jwt", "DATABASE_URL": owners, "DATABASE_REPLICA_URL": "postgres://owner:p@replica/insurance"}
        (tmp_path / "platform.env").write_text("".join(f"{key}={value}\n" for key, value in earlier.items()))
        (tmp_path / "platform.env").chmod(0o600)
        (tmp_path / "database.env").touch(0o600)
        platform, owner, _ = self.made(tmp_path)
        password = platform["DATABASE_URL"].partition("vanguard_app:")[2][:64]
        assert re.fullmatch(r"[0-9a-f]{64}", password)
        replica = f"postgres://vanguard_app:{password}@replica/insurance"
        assert platform == earlier | {"DATABASE_URL": serves.format(password), "DATABASE_REPLICA_URL": replica}
        assert owner == {"DATABASE_URL": owners, "APPLICATION_DATABASE_URL": platform["DATABASE_URL"]}

    def test_without_a_postgresql_nothing_is_changed_and_it_says_why(self, tmp_path: Path) -> None:
        (tmp_path / "platform.env").write_text("JWT_SECRET_KEY=jwt\n")
        ended = subprocess.run([SECRETS, tmp_path], check=False, capture_output=True, text=True)
        assert (ended.returncode, "DATABASE_URL in" in ended.stderr) == (1, True)
        assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("platform.env", "JWT_SECRET_KEY=jwt\n")]

    def test_whoever_upgrades_is_told_that_the_owners_password_is_known(self, tmp_path: Path) -> None:
        (tmp_path / "platform.env").write_text("DATABASE_URL=postgres://vanguardai:old@db:5432/vanguardai\n")
        told = [subprocess.run([SECRETS, tmp_path], check=True, capture_output=True, text=True).stderr for _ in range(2)]
        assert ["owner-password.sh" in each for each in told] == [True, False]


class TestAnotherPasswordOfTheOwner:
    """The one from before there were two roles was in the environment of every server (docs/operations.md)."""

    ADDRESS = "postgres://vanguardai:{}@db.example.com:6432/insurance?sslmode=require&connect_timeout=5"

    def changed(self, folder: Path, *command: str | Path) -> tuple[int, dict[str, str], dict[str, str]]:
        ended = subprocess.run([ROOT / "deploy/compose/owner-password.sh", folder, *command], check=False, capture_output=True)
        return ended.returncode, variables(folder / "owner.env"), variables(folder / "database.env")

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        (tmp_path / "owner.env").write_text(f"DATABASE_URL={self.ADDRESS.format('o@ld')}\nAPPLICATION_DATABASE_URL=postgres://a:b@c/d\n")
        (tmp_path / "database.env").write_text("POSTGRES_USER=vanguardai\nPOSTGRES_PASSWORD=o@ld\n")
        return tmp_path

    def test_postgresql_and_both_files_get_it(self, folder: Path) -> None:
        ended, owner, database = self.changed(folder, "tee", folder / "statement")
        password = database["POSTGRES_PASSWORD"]
        assert (ended, len(password)) == (0, 64)
        assert (folder / "statement").read_text().splitlines()[1] == f"ALTER ROLE CURRENT_USER PASSWORD '{password}';"
        assert owner == {"DATABASE_URL": self.ADDRESS.format(password), "APPLICATION_DATABASE_URL": "postgres://a:b@c/d"}
        assert database["POSTGRES_USER"] == "vanguardai"
        assert {file.name for file in folder.iterdir()} == {"owner.env", "database.env", "statement"}
        assert (folder / "owner.env").stat().st_mode & 0o077 == 0

    def test_where_postgresql_does_not_take_it_the_files_stay(self, folder: Path) -> None:
        before = variables(folder / "owner.env"), variables(folder / "database.env")
        assert self.changed(folder, "false") == (1, *before)

    def test_an_address_without_a_user_is_refused_before_anything_is_asked(self, folder: Path) -> None:
        (folder / "owner.env").write_text("DATABASE_URL=postgres://db:5432/vanguardai\n")
        assert self.changed(folder, "tee", folder / "statement")[0] == 1
        assert not (folder / "statement").exists()

    @needs.postgresql
    def test_postgresql_understands_it_and_says_where_it_does_not(self, folder: Path) -> None:
        """A role that is gone again: the statement is undone in the one transaction that psql is told to make of it."""
        psql = ["psql", "--quiet", "--no-psqlrc", "--dbname", urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres").geturl()]
        role = f"owner_{uuid4().hex}"
        alone = ["--command", f"BEGIN; CREATE ROLE {role} LOGIN; SET ROLE {role}", "--file", "-", "--command", "ROLLBACK"]
        assert self.changed(folder, *psql, *alone)[0] == 0
        given = variables(folder / "owner.env")
        ended, owner, _ = self.changed(folder, *psql, "--command", "BEGIN; SELECT 1/0", "--file", "-")
        assert (ended, owner) == (3, given)
