"""What decisions left behind, as the claim page shows it."""

from collections.abc import Sequence
from typing import Any

from claims.admin.timeline import Entry
from claims.models import Claim

CHECKS = 5


def decisions_page(record: Claim, entries: Sequence[Entry]) -> dict[str, Any]:
    """The checks of the cover; denials, appeals and questions are asked for only where the history has one. At most four queries."""
    given = {entry.command for entry in entries}
    checks = list(record.coverage_checks.select_related("actor").order_by("-made_at", "-id")[:CHECKS])
    denied, appealed, asked = (command in given for command in ("deny", "appeal", "ask"))
    return {
        "checks": checks,
        "denials": list(record.denials.select_related("reason_code", "decided_by").order_by("-decided_at")) if denied else [],
        "appeals": list(record.appeals.select_related("recorded_by", "decided_by", "first_decided_by").order_by("-received_at"))
        if appealed
        else [],
        "requests": list(record.information_requests.select_related("asked_by").order_by("-asked_at")) if asked else [],
    }
