"""Requirement 6.1: what ECS runs, and that it has every variable and every folder that the platform needs."""

import json
import re
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.servers import ROOT, served
from tests.delivery.test_configuration import variables_read
from tools.ecs import definition

pytestmark = pytest.mark.once
# What Fargate takes: for so much of a processor, memory from, to, in steps of (MiB).
FARGATE = {
    256: [512, 1024, 2048],
    512: range(1024, 4096 + 1, 1024),
    1024: range(2048, 8192 + 1, 1024),
    2048: range(4096, 16384 + 1, 1024),
    4096: range(8192, 30720 + 1, 1024),
}
# Left at their defaults on ECS, each with its reason.
NOT_SET = {
    "SECRET_KEY": "derived from JWT_SECRET_KEY",
    "RAILWAY_ENVIRONMENT": "Railway's own",
    "DEMO_PASSWORD": "the demo exists in development and preview only",
    "STATIC_ROOT": "the image says where",
    "MEDIA_ROOT": "in VAR_DIR, on the file system",
    "ERASURE_LEDGER": "in VAR_DIR, on the file system, which is not restored with the database",
    "REQUIRE_SECOND_FACTOR": "the environment decides: production demands it",
    "TLS_REDIRECT": "true where deployed",
    "SECURITY_CONTACT": "",
    "DATABASE_REPLICA_POOL_SIZE": "four of a worker are fewer than the primary gives it, and the replica gives as many in all",
    "STEP_UP_MINUTES": "",
    "RETENTION_YEARS": "",
    "REVEALS_A_DAY": "",
    "CALLER_REMEMBERED_SECONDS": "",
    "SERVICE_THREADS": "",
    "REQUESTS_AT_ONCE": "",
    "SOCKETS_AT_ONCE": "",
    "SOCKETS_PER_USER": "",
    "CONFINED_ROLE": "",
    "APPLICATION_DATABASE_URL": "the migration's alone, which works as the owner of the tables",
    "REQUESTS_A_MINUTE": "",
    "PAGES_A_MINUTE": "",
    "COSTLY_REQUESTS_A_MINUTE": "",
    "REFUSED_TOKENS_A_MINUTE": "",
    "ANONYMOUS_REQUESTS_A_MINUTE": "",
    "TRACES_PERCENT": "",
    "METRICS_TOKEN": "nothing outside the network reaches /metrics",
}
SECRET_NAMES = {
    "DATABASE_URL": "vanguardai/application-database-url",
    "DATABASE_REPLICA_URL": "vanguardai/application-database-replica-url",
    "REDIS_URL": "vanguardai/redis-url",
    "JWT_SECRET_KEY": "vanguardai/jwt-secret",
    "JWT_EARLIER_SECRET_KEYS": "vanguardai/jwt-earlier-secrets",
    "ENCRYPTION_KEY": "vanguardai/encryption-key",
    "ENCRYPTION_KEY_FALLBACKS": "vanguardai/encryption-key-fallbacks",
    "ENCRYPTION_SALT": "vanguardai/encryption-salt",
    "EMAIL_URL": "vanguardai/email-url",
    "PAYMENT_WEBHOOK_SECRET": "vanguardai/payment-webhook",
    "SENTRY_DSN": "vanguardai/sentry-dsn",
}
# What a definition from before there were two roles names instead: the owner's addresses.
EARLIER_NAMES = {"DATABASE_URL": "vanguardai/database-url", "DATABASE_REPLICA_URL": "vanguardai/database-replica-url"}
ACCOUNT = "000000000000"


def arn(name: str, region: str = "us-east-1") -> str:
    return f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{name}-AbCdEf"


def facts(region: str = "us-east-1") -> dict[str, Any]:
    """As Terraform writes them down for production."""
    names = set(re.findall(r"\$\{(\w+)\}", definition.TEMPLATE.read_text())) - {"image", "version"}
    said = dict.fromkeys(names, "")
    return {
        **said,
        "account_id": ACCOUNT,
        "region": region,
        "environment": "production",
        "log_level": "info",
        "workers": "3",
        "nodes": "15",
        "pool_size": "4",
        "pool_overflow": "6",
        "trusted_hosts": "api.vanguardai.com",
        "trusted_proxies": "10.0.101.0/24,10.0.102.0/24",
        "payment_provider": "none",
        "file_system_id": "fs-0123456789abcdef0",
        "access_point_id": "fsap-0123456789abcdef0",
        "insurer_name": 'The "Old" Mutual',
        "secrets": {name: arn(name, region) for name in (*SECRET_NAMES.values(), *EARLIER_NAMES.values(), definition.OWNING)},
        "cluster": "vanguardai-cluster",
        "service": "vanguardai",
        "sealer": "vanguardai-sealer",
        "subnets": ["subnet-1", "subnet-2"],
        "security_groups": ["sg-1"],
    }


@pytest.fixture
def web() -> dict[str, Any]:
    return definition.render(facts(), "registry.example/vanguardai@sha256:0", "1.0.0")


@pytest.fixture
def app(web: dict[str, Any]) -> dict[str, Any]:
    return dict(web["containerDefinitions"][0])


def test_it_is_what_the_requirement_says(web: dict[str, Any], app: dict[str, Any]) -> None:
    assert (web["family"], web["networkMode"], web["requiresCompatibilities"]) == ("vanguardai", "awsvpc", ["FARGATE"])
    assert (web["cpu"], web["memory"]) == ("1024", "2048")
    assert app["name"] == "vanguardai-app"
    assert [each["containerPort"] for each in app["portMappings"]] == [8000]
    assert {"executionRoleArn", "taskRoleArn"} <= set(web)
    logs = app["logConfiguration"]
    assert logs["logDriver"] == "awslogs"
    assert logs["options"]["awslogs-group"] == "/ecs/vanguardai"
    assert logs["options"]["awslogs-stream-prefix"] == "ecs"
    assert logs["options"]["awslogs-region"] == "us-east-1"


def test_its_health_check_is_the_images_own_at_the_wanted_times(app: dict[str, Any]) -> None:
    check = app["healthCheck"]
    assert [check[key] for key in ("interval", "timeout", "retries", "startPeriod")] == [30, 5, 3, 60]
    image = re.search(r"HEALTHCHECK .* CMD (\[.*\])", (ROOT / "Dockerfile").read_text())
    assert image is not None
    assert check["command"] == ["CMD", *json.loads(image[1])]


def test_every_secret_comes_from_secrets_manager_and_none_stands_in_the_file(app: dict[str, Any]) -> None:
    assert {each["name"]: each["valueFrom"] for each in app["secrets"]} == {name: arn(value) for name, value in SECRET_NAMES.items()}
    assert not {each["name"] for each in app["environment"]} & set(SECRET_NAMES)


def test_every_variable_of_the_platform_is_given_or_left_at_its_default_on_purpose(app: dict[str, Any]) -> None:
    given = {each["name"] for kind in ("environment", "secrets") for each in app[kind]}
    assert variables_read() - given - set(NOT_SET) == set()
    assert set(NOT_SET) - variables_read() == set(), "no longer a variable"
    assert not given & set(NOT_SET)
    # gunicorn's own: the load balancer must not be the one who keeps a connection longer (docs/decisions/0147).
    assert given - variables_read() == {"GUNICORN_CMD_ARGS"}


def test_a_secret_is_named_by_its_whole_arn() -> None:
    """`…:secret:vanguardai/jwt-secret` would be read as the secret `vanguardai/jwt` with the suffix `secret`."""
    lacking = facts()
    del lacking["secrets"]["vanguardai/jwt-secret"]
    with pytest.raises(definition.Incomplete, match="vanguardai/jwt-secret"):
        definition.render(lacking, "image", "1")


def test_a_fact_that_is_missing_is_named() -> None:
    lacking = facts()
    del lacking["trusted_proxies"]
    with pytest.raises(definition.Incomplete, match="trusted_proxies"):
        definition.render(lacking, "image", "1")


def test_a_value_with_a_quotation_mark_arrives_as_it_is(app: dict[str, Any]) -> None:
    assert {"name": "INSURER_NAME", "value": 'The "Old" Mutual'} in app["environment"]


def test_another_region_is_named_everywhere() -> None:
    made = json.dumps(definition.render(facts("eu-west-1"), "image", "1"))
    assert "us-east-1" not in made
    assert '"awslogs-region": "eu-west-1"' in made


def test_the_root_file_system_cannot_be_written_and_what_must_be_is_a_volume(web: dict[str, Any], app: dict[str, Any]) -> None:
    assert all(each["readonlyRootFilesystem"] for each in web["containerDefinitions"])
    written = {each["containerPath"] for each in app["mountPoints"] if not each["readOnly"]}
    variables = {each["name"]: each["value"] for each in app["environment"]}
    assert written == {variables["VAR_DIR"], variables["PROMETHEUS_MULTIPROC_DIR"], "/tmp"}  # noqa: S108
    assert {each["sourceVolume"] for each in app["mountPoints"]} == {each["name"] for each in web["volumes"]}
    documents = next(each for each in web["volumes"] if each["name"] == "documents")["efsVolumeConfiguration"]
    assert documents["transitEncryption"] == documents["authorizationConfig"]["iam"] == "ENABLED"


def test_the_empty_volumes_are_given_to_the_user_before_the_server_starts(web: dict[str, Any], app: dict[str, Any]) -> None:
    """Fargate makes them root's. The one container that is root does this and ends."""
    [folders] = [each for each in web["containerDefinitions"] if each["name"] == "folders"]
    assert app["user"] == "appuser"
    assert app["dependsOn"] == [{"containerName": "folders", "condition": "SUCCESS"}]
    assert not folders["essential"]
    assert set(folders["command"][-2:]) == {each["containerPath"] for each in folders["mountPoints"]}


def test_it_is_given_longer_to_stop_than_gunicorn_takes(app: dict[str, Any]) -> None:
    from gunicorn.config import GracefulTimeout

    assert app["stopTimeout"] > GracefulTimeout.default


def migration(web: dict[str, Any]) -> dict[str, Any]:
    return definition.migration(web, facts())


@pytest.mark.parametrize("make", [lambda web: web, definition.jobs, migration], ids=["web", "jobs", "migration"])
def test_fargate_has_machines_of_this_size(web: dict[str, Any], make: Any) -> None:
    made = make(web)
    assert int(made["memory"]) in FARGATE[int(made["cpu"])]


def test_a_job_is_the_same_container_without_a_server(web: dict[str, Any]) -> None:
    job = definition.jobs(web)
    container = job["containerDefinitions"][0]
    assert job["family"] == "vanguardai-jobs"
    assert not {"healthCheck", "portMappings"} & set(container)
    assert container["command"][:2] == ["python", "manage.py"]
    assert container["secrets"] == web["containerDefinitions"][0]["secrets"]
    assert "healthCheck" in web["containerDefinitions"][0], "the web task's own definition is left as it was"


def test_the_migration_is_a_family_of_its_own(web: dict[str, Any]) -> None:
    made = migration(web)
    assert made["family"] == "vanguardai-migrate"
    assert made["containerDefinitions"][0]["command"] == ["python", "manage.py", "migrate", "--noinput"]


def test_the_owner_of_the_tables_is_the_migrations_alone(web: dict[str, Any]) -> None:
    """Which gives the role that serves its rights. What serves, and its jobs, cannot become the owner."""
    both = [made["containerDefinitions"][0]["secrets"] for made in (migration(web), web)]
    own, served = ({each["name"]: each["valueFrom"] for each in secrets} for secrets in both)
    assert own["DATABASE_URL"] == arn("vanguardai/database-owner-url")
    assert own["APPLICATION_DATABASE_URL"] == served["DATABASE_URL"] == arn("vanguardai/application-database-url")
    assert {name: value for name, value in own.items() if name in served} == served | {"DATABASE_URL": own["DATABASE_URL"]}
    for made in (web, definition.jobs(web)):
        assert "database-owner-url" not in json.dumps(made)
        assert not [name for name in EARLIER_NAMES.values() if name in json.dumps(made)], "they are the owner's too"
    lacking = facts()
    del lacking["secrets"]["vanguardai/database-owner-url"]
    with pytest.raises(definition.Incomplete, match="vanguardai/database-owner-url"):
        definition.migration(web, lacking)


def test_a_release_from_before_there_were_two_roles_is_gone_back_to_with_the_addresses_that_it_had() -> None:
    """By these tools and its own definition: its code works as the owner (the import copies into tables)."""
    template = definition.TEMPLATE.read_text().replace("vanguardai/application-database-", "vanguardai/database-")
    secrets = definition.render(facts(), "image", "1", template)["containerDefinitions"][0]["secrets"]
    given = {each["name"]: each["valueFrom"] for each in secrets}
    assert given == {name: arn(value) for name, value in (SECRET_NAMES | EARLIER_NAMES).items()}


def test_the_template_is_json_that_an_editor_understands() -> None:
    assert json.loads(Path(definition.TEMPLATE).read_text())


@pytest.mark.slow
def test_the_server_keeps_an_idle_connection_as_long_as_the_load_balancer_wants(app: dict[str, Any]) -> None:
    """gunicorn.conf.py says two seconds; after three this one still serves."""
    [arguments] = [each["value"] for each in app["environment"] if each["name"] == "GUNICORN_CMD_ARGS"]
    with served("tests.delivery.echo:application", GUNICORN_CMD_ARGS=arguments, WEB_CONCURRENCY="1") as server:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", "/")
        connection.getresponse().read()
        held = connection.sock
        time.sleep(3.5)
        connection.request("GET", "/")
        assert connection.getresponse().status == 200
        assert connection.sock is held
