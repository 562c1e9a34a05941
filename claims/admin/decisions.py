"""What decisions left behind, as the claim page shows it."""

from collections.abc import Set
from typing import Any

from claims.models import Claim, Status

CHECKS = 5


def decisions_page(record: Claim, given: Set[str]) -> dict[str, Any]:
    """The checks of the cover; denials, appeals and questions are asked for only where the history has such a step, of those `given`.

    At most four queries.
    """
    checks = list(record.coverage_checks.select_related("actor").order_by("-made_at", "-id")[:CHECKS])
    denied, appealed, asked = (command in given for command in ("deny", "appeal", "ask"))
    return {
        "checks": checks,
        "left_open": checks[0].left_open if checks and record.status == Status.PROCESSING else "",
        "denials": list(record.denials.select_related("reason_code", "decided_by").order_by("-decided_at")) if denied else [],
        "appeals": list(record.appeals.select_related("recorded_by", "decided_by", "first_decided_by").order_by("-received_at"))
        if appealed
        else [],
        "requests": list(record.information_requests.select_related("asked_by").order_by("-asked_at")) if asked else [],
    }
