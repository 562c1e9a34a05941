"""Preview environments whose pull request is closed: there should be none, and a nightly look finds those that a tear-down left behind."""

import re
from typing import Any

from tools.ecs import aws

STATE = re.compile(r"previews/pr-(\d+)\.tfstate$")
TAG = "Preview"


def left_over(states: list[str], open_requests: set[int]) -> list[int]:
    """The numbers of the previews that have a state and no open pull request."""
    numbers = {int(found[1]) for state in states if (found := STATE.search(state))}
    return sorted(numbers - open_requests)


def states(bucket: str) -> list[str]:
    listed = aws.call("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "previews/") or {}
    return [each["Key"] for each in listed.get("Contents", [])]


def resources(number: int) -> list[str]:
    """ARNs of all that still carries the preview's tag, whatever Terraform believes; retired task definitions stay, and cost nothing."""
    found: Any = aws.call("resourcegroupstaggingapi", "get-resources", "--tag-filters", f"Key={TAG},Values=pr-{number}")
    arns = [str(each["ResourceARN"]) for each in found["ResourceTagMappingList"]]
    return [arn for arn in arns if ":task-definition/" not in arn and not _is_deleted_service(arn)]


def _is_deleted_service(arn: str) -> bool:
    """ECS keeps one for a while as inactive, with its tags."""
    cluster, _, name = arn.partition(":service/")[2].partition("/")
    if not name:
        return False
    found = aws.call("ecs", "describe-services", "--cluster", cluster, "--services", name)
    return all(each["status"] == "INACTIVE" for each in found["services"])
