"""What a claim's folder holds of its decisions: cover as it was checked, denials with their clause, appeals, what was asked."""

from collections.abc import Iterator
from typing import Any

from claims.folder import Item, Occasion, Sheet
from vanguard.workbench.templatetags.workbench import person


def decisions(occasion: Occasion) -> Iterator[Item]:
    """As far as it was done by then: an appeal that was decided later is still open."""
    yield Sheet("checks", "Cover at the loss, as it was checked", CHECKED, list(_checks(occasion)))
    yield Sheet("denials", "Denials", DENIED, list(_denials(occasion)))
    yield Sheet("appeals", "Appeals", APPEALED, list(_appeals(occasion)))
    yield Sheet("questions", "What was asked", ASKED, list(_questions(occasion)))


CHECKED = (
    "At", "By", "Step", "Loss", "Policy version", "Term from", "Term to", "In force", "Limit", "Deductible", "Coverage", "Product version",
    "Left open",
)  # fmt: skip
DENIED = ("Decided", "By", "Ground", "Clause", "Heading", "Reads", "Reason")
APPEALED = ("Received", "Entered by", "What was said", "Outcome", "Decided", "By")
ASKED = ("Asked", "By", "Of", "Question", "Until", "Received", "Entered by", "What came")


def _checks(occasion: Occasion) -> Iterator[tuple[Any, ...]]:
    for each in occasion.claim.coverage_checks.filter(made_at__lte=occasion.as_of).select_related("actor").order_by("made_at", "id"):
        term = (each.starts_at, each.ends_at, "yes" if each.in_force else "no")
        promise = (each.limit, each.deductible, each.coverage_name, each.product_version, each.left_open or "")
        yield (each.made_at, person(each.actor), each.get_step_display(), each.incident_date, each.policy_version, *term, *promise)


def _denials(occasion: Occasion) -> Iterator[tuple[Any, ...]]:
    rows = occasion.claim.denials.filter(decided_at__lte=occasion.as_of).select_related("reason_code", "decided_by")
    for each in rows.order_by("decided_at", "id"):
        clause = (each.clause_reference, each.clause_heading, each.clause_text)
        yield (each.decided_at, person(each.decided_by), each.reason_code.label, *clause, each.reason)


def _appeals(occasion: Occasion) -> Iterator[tuple[Any, ...]]:
    rows = occasion.claim.appeals.filter(received_at__lte=occasion.as_of).select_related("recorded_by", "decided_by")
    for each in rows.order_by("received_at", "id"):
        decided = each.decided_at is not None and each.decided_at <= occasion.as_of
        end = (each.get_outcome_display(), each.decided_at, person(each.decided_by)) if decided else ("open", None, "")
        yield (each.received_at, person(each.recorded_by), each.reason, *end)


def _questions(occasion: Occasion) -> Iterator[tuple[Any, ...]]:
    rows = occasion.claim.information_requests.filter(asked_at__lte=occasion.as_of).select_related("asked_by", "received_by")
    for each in rows.order_by("asked_at", "id"):
        came = each.received_at is not None and each.received_at <= occasion.as_of
        end = (each.received_at, person(each.received_by), each.note) if came else (None, "", "")
        yield (each.asked_at, person(each.asked_by), each.asked_of, each.question, each.until, *end)
