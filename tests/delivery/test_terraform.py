"""Requirement 6.2, read from the files: quick, and without Terraform. `make delivery` has Terraform plan, apply and remove all of it."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

from tests.delivery.servers import ROOT
from vanguard.jobs import DAILY, staying
from vanguard.jobs import jobs as expected

pytestmark = pytest.mark.once
FOLDER = ROOT / "deploy" / "aws"
TERRAFORM = FOLDER / "terraform"
# What operations.md says of how often a command runs.
PERIOD = re.compile(r"every (?:few )?minutes?\b|nightly|daily")
# A process of its own instead of a task a minute.
CONTINUOUS = {"audit_seal"}
# Beside Railway's server they stay; here the scheduler begins them often enough.
BEGUN_OFTEN = {"deliver_webhooks"}
# RDS keeps snapshots and the journal, AWS Backup the file system with the documents and the ledger.
BY_AWS = {"backup"}


def text_of(folder: str) -> str:
    return "\n".join(file.read_text() for file in sorted((TERRAFORM / folder).glob("*.tf")))


def jobs() -> dict[str, dict[str, object]]:
    return dict(json.loads((FOLDER / "jobs.json").read_text()))


def periodic_commands() -> set[str]:
    """Those that docs/operations.md wants run by the clock."""
    rows = re.findall(r"(?m)^\| `python manage\.py (\w+)[^|]*\| ([^|]*)\|", (ROOT / "docs" / "operations.md").read_text())
    return {command for command, told in rows if PERIOD.search(told.partition(":")[0])}


def test_every_periodic_job_of_the_platform_is_scheduled() -> None:
    scheduled = {str(each["command"][0]) for each in jobs().values() if isinstance(each["command"], list)}
    assert periodic_commands() - scheduled == CONTINUOUS | BY_AWS
    assert scheduled <= set(get_commands())
    assert set(staying()) == CONTINUOUS | BEGUN_OFTEN
    assert scheduled >= BEGUN_OFTEN


def test_every_job_that_is_waited_for_comes_often_enough() -> None:
    """What vanguard.jobs misses after one and a half intervals and ten minutes."""
    rates = {str(each["command"][0]): str(each["schedule"]) for each in jobs().values() if isinstance(each["command"], list)}
    for name, job in expected().items():
        rate = re.fullmatch(r"rate\((\d+) minutes\)", rates[name])
        assert (int(rate[1]) <= job.every.total_seconds() / 60) if rate else job.every == DAILY, name


def test_schedules_are_of_the_two_kinds_that_aws_knows() -> None:
    assert all(re.fullmatch(r"rate\(\d+ minutes\)|cron\(\S+ \S+ \S+ \S+ \S+ \S+\)", str(each["schedule"])) for each in jobs().values())


def test_the_audit_trail_is_sealed_by_a_process_that_stays() -> None:
    from tools.ecs import definition

    assert definition.SEALER[2] == "audit_seal"
    assert json.dumps(definition.SEALER) in text_of("modules/service")


def test_the_firewall_compares_paths_as_the_platform_reads_them() -> None:
    """Decoded first: `/%61pi/auth/token` is the log-in, and `/%6Detrics` the figures, which are for nobody outside."""
    firewall = (TERRAFORM / "modules/edge/firewall.tf").read_text()
    compared = firewall.split("uri_path {}")[1:]
    assert all(re.findall(r'type +=\s"(\w+)"', each)[:2] == ["URL_DECODE", "NORMALIZE_PATH"] for each in compared)
    searched = set(re.findall(r'(?:search_string|for_each) += (".*?"|\[".*"\])', firewall))
    assert {'"/metrics"', '["/api/auth/", "/admin/login/"]', '"/api/"'} <= searched


# So that no statement, which has its values in it, and no value that a constraint quotes gets into PostgreSQL's log.
SILENT = {
    "log_error_verbosity": "terse",
    "log_min_duration_statement": "-1",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}


def test_the_databases_log_holds_nobodys_data() -> None:
    block = (TERRAFORM / "modules/data/database.tf").read_text().partition("for_each = {")[2].partition("}")[0]
    given = dict(re.findall(r'"([\w.]+)"\s+= "([^"]*)"', block))
    assert {name: given.get(name) for name in SILENT} == SILENT
    assert given["log_statement"] in ("none", "ddl")
    assert not {name for name in given if name.startswith(("log_min_duration_sample", "auto_explain", "log_statement_sample"))}
    assert "pg_stat_statements" in given["shared_preload_libraries"], "slow statements are found there, without their values"


def test_nothing_logs_the_whole_of_an_address() -> None:
    """A search for a name or an e-mail is in its query; the platform's own line masks it."""
    edge = text_of("modules/edge")
    assert not re.search(r"access_logs|connection_logs", edge)
    assert re.search(r"redacted_fields \{\s+query_string \{\}", edge)
    assert set(re.findall(r"sampled_requests_enabled\s+= (\w+)", edge)) == {"false"}


@pytest.mark.parametrize("file", [ROOT / "docker-compose.yml", ROOT / "deploy/compose/production.yml"], ids=lambda path: path.name)
def test_neither_does_the_log_of_the_database_in_compose(file: Path) -> None:
    given = dict(word.split("=", 1) for word in yaml.safe_load(file.read_text())["services"]["db"].get("command", []) if "=" in word)
    assert given == SILENT


@pytest.mark.parametrize("name", ["vanguardai-vpc", "vanguardai-alb", "vanguardai-cluster"])
def test_it_has_the_names_of_the_requirement(name: str) -> None:
    assert f'"{name}"' in "".join(text_of(f"modules/{each}") for each in ("network", "edge", "service"))


def test_the_ranges_are_those_of_the_requirement() -> None:
    found = re.findall(r'"(10\.[\d.]+/\d+)"', text_of("modules/network"))
    assert found == ["10.0.0.0/16", "10.0.1.0/24", "10.0.2.0/24", "10.0.101.0/24", "10.0.102.0/24"]


def test_everything_is_tagged_with_environment_and_project() -> None:
    for root in (".", "state", "previews"):
        tags = re.search(r"default_tags \{\s+tags = \{(.*?)\}", text_of(root), re.DOTALL)
        assert tags is not None
        assert {"Environment", "Project"} <= set(re.findall(r"(\w+)\s+=", tags[1]))


def test_production_runs_three_tasks_and_up_to_ten_at_seventy_percent() -> None:
    """Or more: the file is its operator's."""
    size = dict(re.findall(r"(?m)^  (\w+)\s+= (\d+)", (TERRAFORM / "environments" / "production.tfvars").read_text()))
    assert int(size["tasks"]) >= 3
    assert int(size["tasks_max"]) >= 10
    assert re.search(r"target_value\s+= 70\b", text_of("modules/service"))


def test_the_load_balancer_has_no_task_replaced_for_what_a_restart_does_not_mend() -> None:
    """docs/decisions/0003: while the database fails over, /health/ready is 503 in every task."""
    assert re.search(r'health_check \{\s+path += "/health/live"', text_of("modules/edge"))


def test_eventbridge_is_trusted_without_a_condition_which_it_cannot_meet() -> None:
    """Of the key and of the topic; CloudWatch's stays."""
    for text in (text_of("."), text_of("modules/observability")):
        statements = re.findall(r"(?ms)^  statement \{(.*?)^  \}", text)
        [events] = [each for each in statements if "events.amazonaws.com" in each]
        [alarms] = [each for each in statements if "cloudwatch.amazonaws.com" in each]
        assert "condition" not in events
        assert '"aws:SourceAccount"' in alarms
        assert events is not alarms


def test_a_container_that_takes_minutes_has_no_time_limit_of_two() -> None:
    """Fargate's `startTimeout` is 120 seconds at most; the demo's book takes longer."""
    seed = (TERRAFORM / "previews/task.tf").read_text().partition("  seed = ")[2].partition("\n  })")[0]
    assert '"startTimeout"], key)' in seed
    assert "startTimeout  " not in seed


@pytest.mark.parametrize("environment", ["preview", "staging", "production"])
def test_each_environment_says_everything_that_is_asked(environment: str) -> None:
    """And nothing that is not; both would be found only when it is applied."""
    asked = dict(re.findall(r'(?ms)^variable "(\w+)" \{(.*?)^\}', text_of(".")))
    given = set(re.findall(r"(?m)^(\w+)\s+=", (TERRAFORM / "environments" / f"{environment}.tfvars").read_text()))
    assert given <= set(asked)
    assert {name for name, body in asked.items() if not re.search(r"(?m)^  default\s", body)} <= given
    assert (TERRAFORM / "environments" / f"{environment}.s3.tfbackend").exists()


def test_the_load_balancer_gives_a_connection_up_before_the_server_does() -> None:
    idle = re.search(r"idle_timeout\s+= (\d+)", text_of("modules/edge"))
    kept = re.search(r"--keep-alive (\d+)", (FOLDER / "task-definition.json").read_text())
    assert idle is not None
    assert kept is not None
    assert int(idle[1]) < int(kept[1])


def test_terraform_fills_in_whatever_the_task_definition_asks_for() -> None:
    """In the platform's own environments and in previews."""
    asked = set(re.findall(r"\$\{(\w+)\}", (FOLDER / "task-definition.json").read_text()))
    facts = re.search(r"  facts = \{(.*?)\n  \}", text_of("modules/service"), re.DOTALL)
    assert facts is not None
    assert asked == set(re.findall(r"(?m)^    (\w+)\s+=", facts[1])) - {"region"} | {"image", "version"}
    preview = (TERRAFORM / "previews" / "task.tf").read_text().partition("web = ")[0]
    assert asked <= set(re.findall(r"(?m)^      (\w+)\s+=", preview)) | set(re.findall(r'"(\w+)"', preview))


def test_every_secret_that_a_task_reads_is_made() -> None:
    from tests.delivery.test_task_definition import SECRET_NAMES

    made = text_of("modules/data")
    assert not [name for name in SECRET_NAMES.values() if not re.search(rf"\b{name.removeprefix('vanguardai/')}\b", made)]


def written(name: str) -> tuple[str, str]:
    """Whose address the secret of this name is, by Terraform's word for it, and the number with which it is written anew."""
    [body] = [
        body
        for body in re.findall(r'(?ms)^resource "aws_secretsmanager_secret_version" "\w+" \{(.*?)^\}', text_of("modules/data"))
        if f'aws_secretsmanager_secret.this["{name}"]' in body
    ]
    user = re.search(r'"postgres://[^"]*",\n\s+([\w.]+),', body)
    version = re.search(r"secret_string_wo_version = (.+)", body)
    assert user is not None
    assert version is not None
    return user[1], version[1]


OWNER, REPLICA = 'local.made_for_servers["database-password"]', " * 2 + (local.with_replica ? 1 : 0)"


@pytest.mark.parametrize(("name", "version"), [("database-url", OWNER), ("database-replica-url", OWNER + REPLICA)])
def test_what_ran_before_there_were_two_roles_keeps_its_address_whatever_is_applied(name: str, version: str) -> None:
    """An apply comes before the release that makes the role: a task that starts in between, or after one that failed, has to log in."""
    assert written(name) == ("aws_db_instance.this.username", version)
    # Another address in Terraform's state would be a version that is removed, and one that is written.
    assert f'"aws_secretsmanager_secret_version" "{name.replace("-", "_")}" {{' in text_of("modules/data")


def test_what_serves_has_the_address_of_a_role_that_owns_nothing_and_the_migration_the_owners() -> None:
    from tests.delivery.test_task_definition import SECRET_NAMES
    from tools.ecs import definition

    for variable in ("DATABASE_URL", "DATABASE_REPLICA_URL"):
        assert written(SECRET_NAMES[variable].removeprefix("vanguardai/"))[0] == "local.application"
    assert written(definition.SERVING.removeprefix("vanguardai/"))[0] == "local.application"
    assert written(definition.OWNING.removeprefix("vanguardai/")) == ("aws_db_instance.this.username", OWNER)


def test_every_module_is_used_and_every_folder_has_something() -> None:
    called = set(re.findall(r'source\s+= "\./modules/(\w+)"', text_of(".")))
    assert called == {folder.name for folder in (TERRAFORM / "modules").iterdir()}


def files() -> list[Path]:
    return sorted(TERRAFORM.rglob("*.tf"))


@pytest.mark.parametrize("file", files(), ids=lambda path: str(path.relative_to(TERRAFORM)))
def test_every_name_that_a_file_refers_to_is_declared_beside_it(file: Path) -> None:
    text = "\n".join(each.read_text() for each in file.parent.glob("*.tf"))
    mine = re.sub(r"#.*", "", file.read_text())
    for kind in ("var", "module"):
        declared = set(re.findall(rf'(?m)^{"variable" if kind == "var" else "module"} "(\w+)"', text))
        assert set(re.findall(rf"\b{kind}\.(\w+)", mine)) <= declared
    locals_declared = set(re.findall(r"(?m)^  (\w+)\s+=", "\n".join(re.findall(r"(?ms)^locals \{(.*?)^\}", text))))
    assert set(re.findall(r"\blocal\.(\w+)", mine)) <= locals_declared
    resources = set(re.findall(r'(?m)^(?:resource|data|ephemeral) "(\w+)" "(\w+)"', text))
    assert set(re.findall(r"\b(aws_\w+|terraform_data)\.(\w+)\b", mine)) <= resources
