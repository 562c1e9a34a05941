"""Preview environments whose pull request is closed: there should be none, and a nightly look finds those that a tear-down left behind.

A preview is there as long as it has a state or anything carries its tag: one without the other is what a tear-down that was cut off leaves.
"""

import re
import time
from typing import Any

from tools.ecs import aws

STATE = re.compile(r"previews/pr-(\d+)\.tfstate$")
TAG = "Preview"
TAGGED = re.compile(r"pr-(\d+)")


def left_over(bucket: str, open_requests: set[int]) -> list[int]:
    """The numbers of the previews that are there, by state or by tag, and have no open pull request."""
    by_state = {int(found[1]) for state in states(bucket) if (found := STATE.search(state))}
    return sorted((by_state | tagged().keys()) - open_requests)


def states(bucket: str) -> list[str]:
    listed = aws.call("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "previews/") or {}
    return [each["Key"] for each in listed.get("Contents", [])]


def tagged() -> dict[int, list[str]]:
    """ARNs of whatever carries a preview's tag, by its number. Retired task definitions stay, and cost nothing."""
    listed: Any = aws.call("resourcegroupstaggingapi", "get-resources", "--tag-filters", f"Key={TAG}")
    found: dict[int, list[str]] = {}
    for each in listed["ResourceTagMappingList"]:
        name = next((tag["Value"] for tag in each["Tags"] if tag["Key"] == TAG), "")
        numbered = TAGGED.fullmatch(name)
        if numbered and ":task-definition/" not in each["ResourceARN"] and not _is_deleted_service(str(each["ResourceARN"])):
            found.setdefault(int(numbered[1]), []).append(str(each["ResourceARN"]))
    return found


def still_there(number: int, wait: float, pause: float) -> list[str]:
    """What of a preview is left after at most so many seconds: AWS goes on listing for minutes what it has removed."""
    deadline = time.monotonic() + wait
    while (left := tagged().get(number, [])) and time.monotonic() < deadline:
        time.sleep(pause)
    return left


def _is_deleted_service(arn: str) -> bool:
    """ECS keeps one for a while as inactive, with its tags."""
    cluster, _, name = arn.partition(":service/")[2].partition("/")
    if not name:
        return False
    found = aws.call("ecs", "describe-services", "--cluster", cluster, "--services", name)
    return all(each["status"] == "INACTIVE" for each in found["services"])
