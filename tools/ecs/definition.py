"""The task definitions of a release: deploy/aws/task-definition.json, filled in with what Terraform says about the environment."""

import copy
import json
from pathlib import Path
from string import Template
from typing import Any

TEMPLATE = Path(__file__).resolve().parents[2] / "deploy" / "aws" / "task-definition.json"
CONTAINER = "vanguardai-app"
FAMILY = "vanguardai"
JOBS = f"{FAMILY}-jobs"
# What jobs are given of a processor (1024 is one) and of memory (MiB): one process each, no server.
JOB_SIZE = ("512", "1024")
# What a job's task does unless it is told otherwise: the process that seals the audit trail. Scheduled jobs bring their own command.
SEALER = ["python", "manage.py", "audit_seal", "--every", "10"]
MIGRATE = ["python", "manage.py", "migrate", "--noinput"]
# A migration works as the owner of the tables, whom nothing else is; and it gives the role as which the platform serves its rights.
SERVING = "vanguardai/application-database-url"
OWNING = "vanguardai/database-owner-url"
HOME_REGION = "us-east-1"

Definition = dict[str, Any]


class Incomplete(Exception):
    """Something that the template asks for is not among the facts; the message names it."""


def render(facts: dict[str, Any], image: str, version: str, template: str | None = None) -> Definition:
    """The web task's definition, as RegisterTaskDefinition takes it.

    `facts` is what Terraform wrote down (deploy/aws/terraform/modules/service/facts.tf). Raises Incomplete.
    """
    values = {**facts, "image": image, "version": version}
    try:
        filled = _filled(json.loads(template or TEMPLATE.read_text()), values)
    except KeyError as missing:
        raise Incomplete(f"the environment's facts lack {missing}") from None
    definition: Definition = _in_region(filled, facts["region"])
    for secret in definition["containerDefinitions"][0]["secrets"]:
        secret["valueFrom"] = _whole_arn(secret["valueFrom"], facts["secrets"])
    return definition


def jobs(web: Definition) -> Definition:
    """The same container without a server: its sealer, and what is scheduled."""
    return _without_server(web, "jobs", SEALER)


def migration(web: Definition, facts: dict[str, Any]) -> Definition:
    """A family of its own, so that no scheduled job is started from a release whose migrations have not run. Raises Incomplete."""
    made = _without_server(web, "migrate", MIGRATE)
    container = made["containerDefinitions"][0]
    others = [each for each in container["secrets"] if each["name"] != "DATABASE_URL"]
    own = {"DATABASE_URL": OWNING, "APPLICATION_DATABASE_URL": SERVING}
    addresses = [{"name": name, "valueFrom": _whole_arn(f":secret:{secret}", facts["secrets"])} for name, secret in own.items()]
    container["secrets"] = [*addresses, *others]
    return made


def _without_server(web: Definition, what: str, command: list[str]) -> Definition:
    made = copy.deepcopy(web)
    made["family"] = f"{web['family']}-{what}"
    made["cpu"], made["memory"] = JOB_SIZE
    container = made["containerDefinitions"][0]
    for of_the_server in ("portMappings", "healthCheck"):
        del container[of_the_server]
    container["command"] = command
    container["logConfiguration"]["options"]["awslogs-stream-prefix"] = what
    return made


def _filled(value: Any, values: dict[str, Any]) -> Any:
    """Every ${name} replaced, string by string: a quotation mark in a value cannot break the JSON."""
    if isinstance(value, dict):
        return {key: _filled(each, values) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, values) for each in value]
    return Template(value).substitute(values) if isinstance(value, str) else value


def _in_region(value: Any, region: str) -> Any:
    return json.loads(json.dumps(value).replace(HOME_REGION, region))


def _whole_arn(partial: str, arns: dict[str, str]) -> str:
    """With the six characters that AWS appends. Without them `…/jwt-secret` is taken for a secret `…/jwt` whose six are `secret`."""
    name = partial.rpartition(":secret:")[2]
    if name not in arns:
        raise Incomplete(f"the environment has no secret {name}")
    return arns[name]
