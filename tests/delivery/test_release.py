"""A release on ECS, against a double of the `aws` command: in which order, and what is taken back when something fails."""

import json
import os
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest

from tests.delivery import aws_double
from tests.delivery.servers import served
from tests.delivery.test_task_definition import facts
from tools.ecs import __main__ as commands
from tools.ecs import aws, release

pytestmark = [pytest.mark.slow, pytest.mark.once]
IMAGE = "registry.example/vanguardai@sha256:1"
SECRET = "arn:aws:secretsmanager:us-east-1:000000000000:secret:vanguardai/pr-3-AbCdEf"
BEFORE = {name: f"{aws_double.ARN}/{family}:7" for name, family in (("vanguardai", "vanguardai"), ("vanguardai-sealer", "vanguardai-jobs"))}


class Double:
    """The account: what it is told to do wrong, and what became of it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "account.json"
        services = {name: {"taskDefinition": arn} for name, arn in BEFORE.items()}
        families = {"vanguardai": 7, "vanguardai-jobs": 7, "vanguardai-migrate": 7}
        self.is_to(services=services, families=families, parameters={release.FACTS: facts()})

    def is_to(self, **state: Any) -> None:
        self.file.write_text(json.dumps((json.loads(self.file.read_text()) if self.file.exists() else {}) | state))

    def __getitem__(self, key: str) -> Any:
        return json.loads(self.file.read_text()).get(key)

    def calls(self, *operations: str) -> list[str]:
        return [name for name, _ in self["calls"] if name in operations]

    def running(self) -> dict[str, str]:
        return {name: each["taskDefinition"] for name, each in self["services"].items()}

    def active(self) -> set[str]:
        return {arn.rpartition("/")[2] for arn, each in self["definitions"].items() if each["status"] == "ACTIVE"}


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Double:
    command = tmp_path / "aws"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "{aws_double.__file__}" "$@"\n')
    command.chmod(0o755)
    double = Double(tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("AWS_DOUBLE", str(double.file))
    return double


def deploy(*, migrate: bool = True, **said: Any) -> None:
    release.Release(release.facts() | said, IMAGE, "1.2.3", pause=0).run(migrate=migrate)


def test_it_migrates_first_and_then_deploys_the_web_and_the_sealer(account: Double) -> None:
    deploy()
    assert account.calls("ecs run-task", "ecs update-service") == ["ecs run-task", "ecs update-service", "ecs update-service"]
    assert account.running() == {name: arn.replace(":7", ":8") for name, arn in BEFORE.items()}
    assert account["definitions"][f"{aws_double.ARN}/vanguardai:8"]["containerDefinitions"][0]["image"] == IMAGE


def test_no_job_is_scheduled_from_the_release_before_its_migration_has_run(account: Double) -> None:
    """EventBridge takes the newest definition of the family `vanguardai-jobs`."""
    account.is_to(migration=1)
    with pytest.raises(release.Failed, match="task migrate failed"):
        deploy()
    assert account.active() == set()
    assert account.running() == BEFORE


def test_a_migration_that_fails_names_its_log_and_deploys_nothing(account: Double) -> None:
    account.is_to(migration=1)
    with pytest.raises(release.Failed, match=r"ended with 1.*migrate/vanguardai-app/0123"):
        deploy()
    assert account.calls("ecs update-service") == []


def test_a_migration_for_which_there_is_no_machine_deploys_nothing(account: Double) -> None:
    account.is_to(no_room=True)
    with pytest.raises(release.Failed, match="could not be started"):
        deploy()
    assert account.running() == BEFORE


def test_a_release_whose_tasks_do_not_start_is_taken_back(account: Double) -> None:
    account.is_to(breaks=[IMAGE])
    with pytest.raises(release.Failed, match="tasks failed to start"):
        deploy()
    assert account.running() == BEFORE
    assert account.active() == set(), "scheduled jobs would take the newest"


def test_the_services_are_taken_back_even_where_a_definition_could_not_be(account: Double) -> None:
    account.is_to(breaks=[IMAGE], refuses=["ecs deregister-task-definition"])
    with pytest.raises(release.Failed, match="tasks failed to start") as failure:
        deploy(migrate=False)
    assert account.running() == BEFORE
    assert "Not all of it could be taken back" in str(failure.value)
    assert "ThrottlingException" in str(failure.value), "whoever reads it has to know that jobs may be of the new release"


class Broken(BaseHTTPRequestHandler):
    """Ends the first answers too early, each in another way, and then answers as 1.2.3."""

    ways: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        way = self.ways.pop(0) if self.ways else "whole"
        if way == "nothing":
            return  # http.client.RemoteDisconnected
        body = b"[]" if way == "another" else b'{"status": "healthy", "version": "1.2.3"}'
        self.send_response(503 if way == "503" else 200)
        self.send_header("Content-Length", str(len(body) + (way == "cut")))  # http.client.IncompleteRead
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None: ...


@pytest.fixture
def health_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Broken, "ways", ["nothing", "cut", "503", "another"])
    with ThreadingHTTPServer(("127.0.0.1", 0), Broken) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/health"
        server.shutdown()
        thread.join()


def test_a_broken_connection_takes_no_release_back(account: Double, health_url: str) -> None:
    deploy(health_url=health_url)
    assert Broken.ways == []
    assert account.running() != BEFORE


@pytest.mark.parametrize("way", ["nothing", "cut", "503", "another"])
def test_a_release_that_goes_on_answering_badly_is_taken_back(
    account: Double, health_url: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release, "ANSWER_SECONDS", 0.0)
    monkeypatch.setattr(Broken, "ways", [way])
    with pytest.raises(release.Failed, match="does not answer"):
        deploy(health_url=health_url)
    assert account.running() == BEFORE


def test_a_release_that_does_not_answer_as_itself_is_taken_back(account: Double, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "ANSWER_SECONDS", 2.0)  # on a busy machine a check of its health is over its second now and then
    database = {"DATABASE_URL": f"sqlite:///{tmp_path}/a.sqlite3", "VAR_DIR": str(tmp_path), "APP_VERSION": "1.2.2", "WEB_CONCURRENCY": "1"}
    with served("config.asgi:application", **database) as server:
        url = f"http://127.0.0.1:{server.port}/health"
        with pytest.raises(release.Failed, match=r"version 1\.2\.2 instead of 1\.2\.3"):
            deploy(health_url=url)
        assert account.running() == BEFORE
        account.is_to(parameters={release.FACTS: facts()})
        monkeypatch.setattr(release, "ANSWER_SECONDS", 60.0)
        release.Release(facts() | {"health_url": url}, IMAGE, "1.2.2", pause=0).run()
    assert account.running() != BEFORE


def test_an_earlier_release_is_deployed_without_migrating(account: Double) -> None:
    deploy(migrate=False)
    assert account.calls("ecs run-task") == []
    assert account.running() != BEFORE


def test_a_service_that_is_not_there_is_named(account: Double) -> None:
    account.is_to(services={})
    with pytest.raises(release.Failed, match="no service vanguardai in vanguardai-cluster"):
        deploy()


def test_what_aws_refuses_is_said_and_ends_with_1(account: Double, capsys: pytest.CaptureFixture[str]) -> None:
    account.is_to(parameters={})
    assert commands.main(["deploy", "--image", IMAGE, "--version", "1"]) == 1
    assert "aws ssm get-parameter" in capsys.readouterr().err


def test_the_definition_can_be_looked_at(account: Double, capsys: pytest.CaptureFixture[str]) -> None:
    assert commands.main(["render", "--image", IMAGE, "--version", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["family"] == "vanguardai"


def test_a_preview_whose_pull_request_is_closed_is_left_over(account: Double, capsys: pytest.CaptureFixture[str]) -> None:
    account.is_to(states=["previews/pr-3.tfstate", "previews/pr-12.tfstate", "previews/pr-40.tfstate", "production.tfstate"])
    assert commands.main(["left-over", "--bucket", "states", "--open", "12", "99"]) == 0
    assert json.loads(capsys.readouterr().out) == [3, 40]


def test_a_preview_without_a_state_is_left_over_too_while_something_carries_its_tag(
    account: Double, capsys: pytest.CaptureFixture[str]
) -> None:
    retired = f"{aws_double.ARN}/vanguardai-pr-8:1"
    account.is_to(states=["previews/pr-3.tfstate"], tagged={"pr-7": [SECRET], "pr-8": [retired], "pr-12": [SECRET], "staging": [SECRET]})
    assert commands.main(["left-over", "--bucket", "states", "--open", "12"]) == 0
    assert json.loads(capsys.readouterr().out) == [3, 7]


def test_what_still_carries_a_previews_tag_is_named(account: Double, capsys: pytest.CaptureFixture[str]) -> None:
    account.is_to(tagged={"pr-3": [SECRET, f"{aws_double.ARN}/vanguardai-pr-3:1"]})
    assert commands.main(["nothing-left", "3"]) == 1
    assert capsys.readouterr().out.split() == [SECRET]
    assert commands.main(["nothing-left", "4"]) == 0


def test_what_was_removed_is_given_minutes_to_vanish_from_the_list(account: Double, capsys: pytest.CaptureFixture[str]) -> None:
    """AWS's list of what carries a tag is some minutes behind."""
    account.is_to(tagged={"pr-3": [SECRET]}, listed_for=3)
    assert commands.main(["nothing-left", "3", "--wait", "60", "--pause", "0"]) == 0
    assert "Nothing of pr-3 is left." in capsys.readouterr().out


def test_what_does_not_vanish_is_named_when_the_time_is_over(account: Double, capsys: pytest.CaptureFixture[str]) -> None:
    account.is_to(tagged={"pr-3": [SECRET]})
    assert commands.main(["nothing-left", "3", "--wait", "0.5", "--pause", "0.1"]) == 1
    assert capsys.readouterr().out.split() == [SECRET]
    assert len(account.calls("resourcegroupstaggingapi get-resources")) > 1


def test_a_service_counts_as_left_until_ecs_has_deleted_it(account: Double, capsys: pytest.CaptureFixture[str]) -> None:
    """It stays for a while, inactive and with its tags."""
    service = "arn:aws:ecs:us-east-1:000000000000:service/vanguardai-cluster/pr-3"
    account.is_to(tagged={"pr-3": [service]}, services={"pr-3": {"taskDefinition": "x", "status": "DRAINING"}})
    assert commands.main(["nothing-left", "3"]) == 1
    assert capsys.readouterr().out.split() == [service]
    account.is_to(services={"pr-3": {"taskDefinition": "x", "status": "INACTIVE"}})
    assert commands.main(["nothing-left", "3"]) == 0
    account.is_to(services={})
    assert commands.main(["nothing-left", "3"]) == 0


def test_a_call_that_answers_nothing_is_none(account: Double, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("#!/bin/sh\nexit 0\n")
    assert aws.call("ecs", "nothing") is None


def test_a_command_of_manage_py_is_run_in_a_task_of_the_newest_release(
    account: Double, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.ecs.release.time.sleep", lambda _seconds: None)
    assert commands.main(["manage", "reconcile_totals", "--repair"]) == 0
    [asked] = [options for name, options in account["calls"] if name == "ecs run-task"]
    assert asked["--task-definition"] == "vanguardai-jobs"
    [container] = json.loads(asked["--overrides"])["containerOverrides"]
    assert container["command"] == ["python", "manage.py", "reconcile_totals", "--repair"]
    account.is_to(migration=3)
    assert commands.main(["manage", "verify_books"]) == 1
    assert "The task jobs failed: it ended with 3" in capsys.readouterr().err


def test_one_that_needs_the_owner_of_the_tables_runs_as_a_migration_does_and_leaves_no_definition(
    account: Double, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tools.ecs.release.time.sleep", lambda _seconds: None)
    deploy()
    before = account.active()
    assert commands.main(["manage", "--as-owner", "rotate_keys", "--check"]) == 0
    asked = [options for name, options in account["calls"] if name == "ecs run-task"][-1]
    made = account["definitions"][asked["--task-definition"]]["containerDefinitions"][0]
    addresses = {each["name"]: each["valueFrom"] for each in made["secrets"]}
    assert (made["image"], addresses["DATABASE_URL"]) == (IMAGE, facts()["secrets"]["vanguardai/database-owner-url"])
    [container] = json.loads(asked["--overrides"])["containerOverrides"]
    assert container["command"] == ["python", "manage.py", "rotate_keys", "--check"]
    assert account.active() == before
