"""The task definition against AWS's own description of the call, and against an ECS that keeps it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.delivery.cloud.bench import TOOLS, run
from tests.delivery.test_task_definition import facts
from tools.ecs import definition

VALIDATE = """
import json, sys, botocore.session
from botocore.validate import ParamValidator
model = botocore.session.get_session().get_service_model("ecs").operation_model("RegisterTaskDefinition").input_shape
found = ParamValidator().validate(json.load(open(sys.argv[1])), model)
print(found.generate_report())
sys.exit(1 if found.has_errors() else 0)
"""
Maker = Callable[[definition.Definition], definition.Definition]
MAKERS: dict[str, Maker] = {"web": lambda web: web, "jobs": definition.jobs, "migration": lambda web: definition.migration(web, facts())}


def made(kind: str = "web") -> definition.Definition:
    web = definition.render(facts(), "registry.example/vanguardai@sha256:0", "1.0.0")
    return MAKERS[kind](web)


def said_of(wanted: definition.Definition, folder: Path) -> tuple[int, str]:
    file = folder / "definition.json"
    file.write_text(json.dumps(wanted))
    return run(TOOLS / "python", "-c", VALIDATE, file)


@pytest.mark.parametrize("kind", MAKERS)
def test_aws_knows_every_field_and_its_type(kind: str, tmp_path: Path) -> None:
    status, told = said_of(made(kind), tmp_path)
    assert status == 0, told


def test_a_field_that_aws_does_not_know_and_a_wrong_type_are_found(tmp_path: Path) -> None:
    wrong = made()
    wrong["containerDefinitions"][0]["healthCheck"]["interval"] = "30"
    wrong["containerDefinitions"][0]["readOnlyRootFilesystem"] = True
    status, told = said_of(wrong, tmp_path)
    assert status == 1
    assert "interval" in told
    assert "readOnlyRootFilesystem" in told


def test_a_service_is_made_from_it_updated_and_scaled(aws: dict[str, str]) -> None:
    """By the AWS command line, as the pipeline calls it."""

    def call(*words: str) -> dict[str, Any]:
        ended = run("aws", *words, "--output", "json", **aws)
        assert ended.status == 0, ended.output
        return dict(json.loads(ended.output)) if ended.output.strip() else {}

    call("ecs", "create-cluster", "--cluster-name", "vanguardai-cluster")
    for _ in range(2):
        call("ecs", "register-task-definition", "--cli-input-json", json.dumps(made()))
    service = ("--cluster", "vanguardai-cluster", "--service")
    create = ("--launch-type", "FARGATE", "--desired-count", "3", "--task-definition", "vanguardai:1")
    call("ecs", "create-service", "--cluster", "vanguardai-cluster", "--service-name", "vanguardai", *create)
    updated = call("ecs", "update-service", *service, "vanguardai", "--task-definition", "vanguardai:2", "--force-new-deployment")
    assert updated["service"]["taskDefinition"].endswith("vanguardai:2")
    scaled = ("--service-namespace", "ecs", "--resource-id", "service/vanguardai-cluster/vanguardai")
    capacity = ("--scalable-dimension", "ecs:service:DesiredCount", "--min-capacity", "3", "--max-capacity", "10")
    call("application-autoscaling", "register-scalable-target", *scaled, *capacity)
    [target] = call("application-autoscaling", "describe-scalable-targets", *scaled[:2])["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (3, 10)
