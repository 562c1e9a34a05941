#!/usr/bin/env python3
"""Stands in for the `aws` command in tests of tools/ecs: ECS in a JSON file, named by AWS_DOUBLE, that also says what is to go wrong.

    {"services": {name: {"taskDefinition": arn, "rollouts": {…}}}, "families": {family: revision}, "migration": 0, "breaks": [image, …],
     "refuses": [operation, …], "tagged": {preview: [arn, …]}, "listed_for": calls}

What is tagged is listed for so many calls after it was removed, as at AWS.

Every call is kept under "calls".
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

ARN = "arn:aws:ecs:us-east-1:000000000000:task-definition"


def main(arguments: list[str]) -> int:
    file = Path(os.environ["AWS_DOUBLE"])
    state = json.loads(file.read_text())
    operation, options = " ".join(arguments[:2]), _options(arguments[2:])
    state.setdefault("calls", []).append([operation, options])
    try:
        if operation in state.get("refuses", []):
            raise LookupError("ThrottlingException")
        answer = OPERATIONS[operation](state, options)
    except LookupError as unknown:
        sys.stderr.write(f"An error occurred: {unknown}\n")
        return 254
    finally:
        file.write_text(json.dumps(state))
    sys.stdout.write(json.dumps(answer))
    return 0


def _options(words: list[str]) -> dict[str, str]:
    values = [*words[1:], "--"]
    return {word: "" if value.startswith("--") else value for word, value in zip(words, values, strict=True) if word.startswith("--")}


def get_parameter(state: dict[str, Any], options: dict[str, str]) -> Any:
    return {"Parameter": {"Value": json.dumps(state["parameters"][options["--name"]])}}


def register(state: dict[str, Any], options: dict[str, str]) -> Any:
    wanted = json.loads(options["--cli-input-json"])
    revision = state["families"].get(wanted["family"], 0) + 1
    state["families"][wanted["family"]] = revision
    arn = f"{ARN}/{wanted['family']}:{revision}"
    state.setdefault("definitions", {})[arn] = wanted | {"status": "ACTIVE"}
    return {"taskDefinition": {"taskDefinitionArn": arn}}


def deregister(state: dict[str, Any], options: dict[str, str]) -> Any:
    state["definitions"][options["--task-definition"]]["status"] = "INACTIVE"
    return {}


def describe_definition(state: dict[str, Any], options: dict[str, str]) -> Any:
    family = options["--task-definition"]
    return {"taskDefinition": state["definitions"][f"{ARN}/{family}:{state['families'][family]}"]}


def run_task(state: dict[str, Any], options: dict[str, str]) -> Any:
    if state.get("no_room"):
        return {"tasks": [], "failures": [{"reason": "RESOURCE:MEMORY"}]}
    state["task"] = {"definition": options["--task-definition"], "asked": 0}
    return {"tasks": [{"taskArn": "arn:aws:ecs:us-east-1:000000000000:task/vanguardai-cluster/0123"}], "failures": []}


def describe_tasks(state: dict[str, Any], _options: dict[str, str]) -> Any:
    state["task"]["asked"] += 1
    status = "STOPPED" if state["task"]["asked"] > 1 else "RUNNING"
    app = {"name": "vanguardai-app", "exitCode": state.get("migration", 0)}
    return {"tasks": [{"lastStatus": status, "containers": [{"name": "folders", "exitCode": 0}, app]}]}


def update_service(state: dict[str, Any], options: dict[str, str]) -> Any:
    service = state["services"][options["--service"]]
    service["earlier"] = service["taskDefinition"]
    service["taskDefinition"], service["asked"] = options["--task-definition"], 0
    return {}


def describe_services(state: dict[str, Any], options: dict[str, str]) -> Any:
    service = state["services"].get(options["--services"])
    if service is None:
        return {"services": []}
    service["asked"] = service.get("asked", 0) + 1
    wanted, earlier = service["taskDefinition"], service.get("earlier")
    made = state.get("definitions", {}).get(wanted, {"containerDefinitions": [{"image": ""}]})
    breaks = made["containerDefinitions"][0]["image"] in state.get("breaks", [])
    deployments = [{"taskDefinition": wanted, "status": "PRIMARY", "rolloutState": "COMPLETED"}]
    if earlier and service["asked"] == 1:
        deployments[0]["rolloutState"] = "IN_PROGRESS"
        deployments.append({"taskDefinition": earlier, "status": "ACTIVE", "rolloutState": "COMPLETED"})
    elif breaks:  # the circuit breaker has made the earlier one primary again
        deployments = [
            {"taskDefinition": earlier, "status": "PRIMARY", "rolloutState": "IN_PROGRESS"},
            {"taskDefinition": wanted, "status": "ACTIVE", "rolloutState": "FAILED", "rolloutStateReason": "tasks failed to start"},
        ]
    return {"services": [{"taskDefinition": wanted, "status": service.get("status", "ACTIVE"), "deployments": deployments}]}


def list_objects(state: dict[str, Any], options: dict[str, str]) -> Any:
    return {"Contents": [{"Key": key} for key in state["states"] if key.startswith(options["--prefix"])]}


def get_resources(state: dict[str, Any], options: dict[str, str]) -> Any:
    _, _, wanted = options["--tag-filters"].partition(",Values=")
    if "listed_for" in state:
        state["listed_for"] -= 1
        if state["listed_for"] < 0:
            state["tagged"] = {}
    return {
        "ResourceTagMappingList": [
            {"ResourceARN": arn, "Tags": [{"Key": "Project", "Value": "vanguardai"}, {"Key": "Preview", "Value": preview}]}
            for preview, arns in state.get("tagged", {}).items()
            if wanted in ("", preview)
            for arn in arns
        ]
    }


OPERATIONS = {
    "ssm get-parameter": get_parameter,
    "ecs register-task-definition": register,
    "ecs deregister-task-definition": deregister,
    "ecs describe-task-definition": describe_definition,
    "ecs run-task": run_task,
    "ecs describe-tasks": describe_tasks,
    "ecs update-service": update_service,
    "ecs describe-services": describe_services,
    "s3api list-objects-v2": list_objects,
    "resourcegroupstaggingapi get-resources": get_resources,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
