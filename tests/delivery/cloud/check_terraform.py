"""Terraform itself: planned, applied, planned again, removed, against AWS's interfaces on this machine."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.cloud.bench import ACCOUNT, Terraform, run
from tests.delivery.servers import ROOT

ESSENTIAL = (
    "aws_vpc.this aws_lb.this aws_wafv2_web_acl.this aws_ecs_service.app aws_ecs_service.sealer aws_appautoscaling_policy.processor"
    " aws_db_instance.this aws_elasticache_replication_group.this aws_efs_access_point.this"
)
# What moto does not keep, so that the second plan would set it again: by type, the attributes; empty is the whole of it.
FORGOTTEN: dict[str, set[str]] = {
    "aws_db_instance": {"performance_insights_enabled", "performance_insights_kms_key_id"},
    "aws_db_parameter_group": {"parameter"},
    "aws_elasticache_replication_group": set(),
    "aws_secretsmanager_secret_version": set(),  # Redis's URL, because the group would be made anew
    "aws_vpc_security_group_egress_rule": {"description"},
    "aws_vpc_security_group_ingress_rule": {"description"},
    "aws_appautoscaling_target": {"tags_all"},
    "aws_ecs_service": {"availability_zone_rebalancing", "health_check_grace_period_seconds"},
    "aws_iam_role_policy": {"policy"},  # read again only when the services above are known
}
QUIET = ("-no-color", "-input=false")
DOMAINS = {"preview": "preview.vanguardai.com", "staging": "api.staging.vanguardai.com", "production": "api.vanguardai.com"}


@pytest.fixture(scope="module", autouse=True)
def _terraform() -> None:
    assert shutil.which("terraform"), "Terraform 1.11 is missing."


def given(environment: str, *more: str) -> tuple[str, ...]:
    """The environment's file, but for what its operator changes (docs/aws.md) and a test counts on."""
    ours = {"account_id": ACCOUNT, "region": "us-east-1", "domain": DOMAINS[environment], "clamd_address": "", "otlp_endpoint": ""}
    variables = [word for name, value in ours.items() for word in ("-var", f"{name}={value}")]
    return (*QUIET, f"-var-file=environments/{environment}.tfvars", *variables, *more)


def sized(file: Path, **sizes: str) -> None:
    """Has the environment ask for these sizes, whatever it asked for before."""
    text = file.read_text()
    for name, value in sizes.items():
        text = re.sub(rf"(?m)^  {name} +=.*\n", "", text)
        text, places = re.subn(r"(?m)^size += \{\n", rf"\g<0>  {name} = {value}\n", text)
        assert places == 1
    file.write_text(text)


def zone(aws: dict[str, str]) -> tuple[str, str]:
    made = run("aws", "route53", "create-hosted-zone", "--name", "vanguardai.com", "--caller-reference", "x", "--output", "json", **aws)
    assert made.status == 0, made.output
    return "-var", f"zone_id={json.loads(made.output)['HostedZone']['Id'].rpartition('/')[2]}"


@pytest.fixture
def terraform(tmp_path: Path, aws: dict[str, str]) -> Terraform:
    made = Terraform(tmp_path, **aws)
    made.works("init", "-no-color")
    return made


def test_it_is_written_as_terraform_writes_it() -> None:
    ended = run("terraform", "fmt", "-check", "-recursive", "-diff", folder=ROOT / "deploy" / "aws", CHECKPOINT_DISABLE="1")
    assert ended.status == 0, ended.output


@pytest.mark.parametrize("root", [".", "state", "previews"])
def test_it_is_valid(tmp_path: Path, root: str) -> None:
    made = Terraform(tmp_path, root)
    made.works("init", "-no-color")
    made.works("validate", "-no-color")


def test_a_name_that_is_not_declared_is_found(tmp_path: Path) -> None:
    made = Terraform(tmp_path)
    (made.folder / "mistake.tf").write_text('output "mistake" {\n  value = module.network.no_such_output\n}\n')
    made.works("init", "-no-color")
    assert "no_such_output" in made("validate", "-no-color").output


@pytest.mark.parametrize("environment", ["preview", "production"])
def test_each_environment_can_be_planned(terraform: Terraform, environment: str) -> None:
    told = terraform.works("plan", *given(environment))
    assert re.search(r"Plan: \d+ to add, 0 to change, 0 to destroy", told)


def test_tasks_reach_a_scanner_and_a_collector_inside_the_network_where_they_are_named(terraform: Terraform) -> None:
    named = ("-var", "clamd_address=clamd.internal:3310", "-var", "otlp_endpoint=http://collector.internal:4318/otlp")
    for more, ports in ((named, {"3310", "4318"}), ((), set())):
        told = terraform.works("plan", "-target=module.network", *given("production", *more))
        assert set(re.findall(r'egress_rule\.inside\["(\d+)"\] will be created', told)) == ports


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"connections": "100"}, "connections can be asked for"),
        ({"multi_zone": "false"}, "Production has two zones"),
        ({"nat_gateways": "3"}, "One NAT gateway, or one in each"),
        ({"tasks": "11", "tasks_max": "10"}, "More tasks than at most"),
        ({"backup_days": "0", "replica_class": '"db.m7g.large"'}, "only of a database that has backups"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_made(terraform: Terraform, change: dict[str, str], said: str) -> None:
    sized(terraform.folder / "environments" / "production.tfvars", **change)
    ended = terraform("plan", *given("production"))
    assert ended.status == 1
    assert said in " ".join(re.sub(r"[│╵╷]", " ", ended.output).split())


def test_staging_is_made_whole_is_then_as_planned_and_leaves_nothing(terraform: Terraform, aws: dict[str, str]) -> None:
    arguments = given("staging", *zone(aws))
    terraform.works("apply", "-auto-approve", *arguments)
    made = {f"{each['type']}.{each['name']}" for each in terraform.state() if each["mode"] == "managed"}
    assert set(ESSENTIAL.split()) <= made
    _no_secret_in(terraform)
    _addressed(aws)
    _scheduled(aws)
    terraform.works("plan", "-out=again", *arguments)
    changes = json.loads(terraform.works("show", "-json", "again"))["resource_changes"]
    assert [each["address"] for each in changes if not _is_forgotten(each)] == []
    terraform.works("destroy", "-auto-approve", *arguments)
    assert not [each for each in terraform.state() if each["mode"] == "managed"]


def _is_forgotten(planned: dict[str, Any]) -> bool:
    """Whether nothing changes, or only what moto does not keep."""
    change = planned["change"]
    if change["actions"] in (["no-op"], ["read"]):
        return True
    before, after = change["before"] or {}, change["after"] or {}
    differs = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    known: set[str] | None = FORGOTTEN.get(planned["type"])
    return known is not None and (not known or differs <= known)


def _no_secret_in(terraform: Terraform) -> None:
    """The cache's token is the one exception, which modules/data/cache.tf explains."""
    held = [
        each
        for each in terraform.state()
        if each["type"] == "aws_secretsmanager_secret_version" and each["mode"] == "managed"
        for instance in each["instances"]
        if instance["attributes"].get("secret_string")
    ]
    assert [each["name"] for each in held] == ["redis_url"]
    [database] = [each["instances"][0] for each in terraform.state() if each["type"] == "aws_db_instance"]
    assert not database["attributes"].get("password")


def _addressed(aws: dict[str, str]) -> None:
    """What serves has the role that owns nothing; the migration has the owner, and so have definitions from before there were two."""
    users = {
        name: _secret(f"vanguardai/{name}", aws).partition("://")[2].partition(":")[0]
        for name in ("application-database-url", "database-owner-url", "database-url")
    }
    assert users == {"application-database-url": "vanguard_app", "database-owner-url": "vanguardai", "database-url": "vanguardai"}


def _scheduled(aws: dict[str, str]) -> None:
    listed = json.loads(run("aws", "scheduler", "list-schedules", "--output", "json", **aws).output)["Schedules"]
    names = {each["Name"].removeprefix("vanguardai-") for each in listed}
    assert names == {name for name, each in json.loads((ROOT / "deploy/aws/jobs.json").read_text()).items() if "needs" not in each}


REPLICA = (
    "-target=module.data[0].aws_secretsmanager_secret_version.application_database_replica_url",
    "-target=module.data[0].aws_secretsmanager_secret_version.database_replica_url",
    "-target=module.data[0].aws_db_instance.replica",
)
# Whose address each is: of what serves now, and of definitions from before there were two roles.
REPLICA_URLS = {"vanguardai/application-database-replica-url": "vanguard_app", "vanguardai/database-replica-url": "vanguardai"}


def test_a_read_replica_comes_and_goes_by_one_line_and_tasks_are_told_where_it_is(terraform: Terraform, aws: dict[str, str]) -> None:
    file = terraform.folder / "environments" / "staging.tfvars"
    arguments = given("staging", *zone(aws))
    sized(file, backup_days="7", replica_class='"db.t4g.medium"')
    terraform.works("apply", "-auto-approve", *REPLICA, *arguments)
    assert _replicas(aws) == {"vanguardai-replica": "vanguardai"}
    told = {name: _secret(name, aws) for name in REPLICA_URLS}
    for name, user in REPLICA_URLS.items():
        assert re.fullmatch(rf"postgres://{user}:\w+@vanguardai-replica\.[^/]+:5432/vanguardai\?sslmode=require", told[name])

    sized(file, replica_class='""')
    terraform.works("apply", "-auto-approve", *REPLICA, *arguments)
    assert (_replicas(aws), {_secret(name, aws) for name in REPLICA_URLS}) == ({}, {" "})
    terraform.works("destroy", "-auto-approve", *arguments)


def _replicas(aws: dict[str, str]) -> dict[str, str]:
    """The source of each."""
    # The command line has an address of its own for RDS, which AWS_ENDPOINT_URL does not change.
    asked = run("aws", "--endpoint-url", aws["AWS_ENDPOINT_URL"], "rds", "describe-db-instances", "--output", "json", **aws)
    assert asked.status == 0, asked.output
    listed = json.loads(asked.output)["DBInstances"]
    return {each["DBInstanceIdentifier"]: source for each in listed if (source := each.get("ReadReplicaSourceDBInstanceIdentifier"))}


def _secret(name: str, aws: dict[str, str]) -> str:
    read = run("aws", "secretsmanager", "get-secret-value", "--secret-id", name, "--output", "json", **aws)
    assert read.status == 0, read.output
    return str(json.loads(read.output)["SecretString"])


def test_previews_are_made_beside_each_other_and_leave_nothing(tmp_path: Path, terraform: Terraform, aws: dict[str, str]) -> None:
    shared = given("preview", *zone(aws))
    terraform.works("apply", "-auto-approve", *shared)
    previews = {}
    for number in (12, 13):
        folder = tmp_path / str(number)
        folder.mkdir()
        each = Terraform(folder, "previews", **aws)
        arguments = (*QUIET, "-var", f"number={number}", "-var", "image=i@sha256:0", "-var", "app_version=1")
        each.works("init", "-no-color")
        each.works("apply", "-auto-approve", *arguments)
        previews[number] = (each, arguments)
    assert previews[12][0].works("output", "-raw", "url") == f"https://pr-12.{DOMAINS['preview']}"
    assert "arn:aws:" in run("python3", "-m", "tools.ecs", "nothing-left", "12", **aws).output
    for number, (each, arguments) in previews.items():
        each.works("destroy", "-auto-approve", *arguments)
        left = run("python3", "-m", "tools.ecs", "nothing-left", str(number), **aws)
        assert left.status == 0, left.output
    terraform.works("destroy", "-auto-approve", *shared)
