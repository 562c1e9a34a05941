"""What must hold of a claim's money: against its payments, its ledger, its approvals and its cover."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import batched

from django.db.models.expressions import RawSQL

from claims.books.shared import CLAIM, offender
from claims.coverages import cap_under, committed_by_claims, used_by_claims
from claims.models import Claim
from policies.models import Policy
from policies.reading import Cover, Promises, covers_at, promises_held
from vanguard.books import Invariant, Looking, Offender, keep, query, search
from vanguard.money import ZERO, dollars

ROOM = "Claims: money"
# Claims that are looked at together.
BATCH = 1000
# All that is looked at of a claim, and of a policy for its cover at the loss.
OF_CLAIM = ("claim_number", "claim_type", "incident_date", "approved_amount", "policy")
OF_POLICY = (
    "booked_versions", "product_version", "policy_type", "start_date", "end_date", "cancelled_at", "lapses_at",
    "coverage_amount", "deductible_amount", "covers",
)  # fmt: skip

PAID = """
    SELECT c.id, c.claim_number, c.paid_amount, COALESCE(p.paid, 0), COALESCE(e.paid, 0)
    FROM claims_claim c
    LEFT JOIN (
        SELECT claim_id, SUM(amount) AS paid FROM claims_claimpayment
        WHERE paid_at IS NOT NULL AND cost_type = 'indemnity' GROUP BY claim_id
    ) p ON p.claim_id = c.id
    LEFT JOIN (SELECT claim_id, SUM(paid) AS paid FROM claims_ledgerentry WHERE cost_type = 'indemnity' GROUP BY claim_id) e
        ON e.claim_id = c.id
    WHERE ABS(c.paid_amount - COALESCE(p.paid, 0)) >= 0.005 OR ABS(c.paid_amount - COALESCE(e.paid, 0)) >= 0.005
"""
BOOKED = """
    SELECT c.id, c.claim_number, p.amount, e.paid
    FROM claims_claimpayment p
    JOIN claims_claim c ON c.id = p.claim_id
    LEFT JOIN claims_ledgerentry e ON e.payment_id = p.id
    WHERE CASE
        WHEN p.paid_at IS NULL THEN e.id IS NOT NULL
        ELSE e.id IS NULL OR ABS(e.paid - p.amount) >= 0.005 OR e.claim_id <> p.claim_id OR e.cost_type <> p.cost_type
            OR e.effective_at <> p.paid_at
    END
"""
INCURRED = """
    SELECT c.id, c.claim_number, s.outstanding, s.paid, s.recovered
    FROM (
        SELECT claim_id, MIN(outstanding) AS outstanding, SUM(paid) AS paid, SUM(recovered) AS recovered
        FROM (
            SELECT claim_id, SUM(outstanding) AS outstanding, SUM(paid) AS paid, SUM(recovered) AS recovered
            FROM claims_ledgerentry GROUP BY claim_id, coverage, cost_type
        ) line GROUP BY claim_id
    ) s JOIN claims_claim c ON c.id = s.claim_id
    WHERE s.outstanding <= -0.005 OR s.paid <= -0.005 OR s.recovered <= -0.005 OR s.recovered - s.paid >= 0.005
"""
BEYOND = """
    SELECT c.id, c.claim_number, p.committed, c.approved_amount
    FROM claims_claim c
    JOIN (
        SELECT claim_id, SUM(amount) AS committed FROM claims_claimpayment
        WHERE cost_type = 'indemnity' AND status IN ('requested', 'approved', 'issued', 'cleared') GROUP BY claim_id
    ) p ON p.claim_id = c.id
    WHERE p.committed - c.approved_amount >= 0.005
"""
CLOSED = """
    SELECT c.id, c.claim_number, COALESCE(e.outstanding, 0), CAST(COALESCE(p.number, 0) AS varchar(20))
    FROM claims_claim c
    LEFT JOIN (
        SELECT claim_id, MAX(ABS(outstanding)) AS outstanding FROM (
            SELECT claim_id, SUM(outstanding) AS outstanding FROM claims_ledgerentry GROUP BY claim_id, coverage, cost_type
        ) line GROUP BY claim_id
    ) e ON e.claim_id = c.id
    LEFT JOIN (
        SELECT claim_id, COUNT(*) AS number FROM claims_claimpayment
        WHERE status IN ('requested', 'approved', 'issued') GROUP BY claim_id
    ) p ON p.claim_id = c.id
    WHERE c.closed_at IS NOT NULL AND (e.outstanding >= 0.005 OR p.number > 0)
"""
# Claims on which more stands approved than limit less deductible of the policy, and those of policies with coverages that have figures of
# their own. Some products pay up to the limit; so each is then looked at.
ABOVE = """
    SELECT c.id
    FROM claims_claim c
    JOIN policies_policy p ON p.id = c.policy_id
    JOIN policies_policyversion v ON v.policy_id = p.id AND v.number = p.booked_versions
    LEFT JOIN policies_policysegment s ON s.version_id = v.id AND s.starts_at <= c.incident_date AND s.ends_at > c.incident_date
    WHERE c.approved_amount > 0 AND (s.id IS NULL OR NOT s.in_force OR s.covers IS NOT NULL
        OR c.approved_amount - s.coverage_amount + s.deductible_amount >= 0.005)
"""
# Claims that were paid, or are asked to be, more than limit less deductible of the policy, whatever the coverage, and those of policies
# with coverages that have figures of their own.
PAID_ABOVE = """
    SELECT c.id
    FROM (
        SELECT claim_id, SUM(amount) AS committed FROM claims_claimpayment
        WHERE cost_type = 'indemnity' AND status IN ('requested', 'approved', 'issued', 'cleared') GROUP BY claim_id
    ) t
    JOIN claims_claim c ON c.id = t.claim_id
    JOIN policies_policy p ON p.id = c.policy_id
    JOIN policies_policyversion v ON v.policy_id = p.id AND v.number = p.booked_versions
    LEFT JOIN policies_policysegment s ON s.version_id = v.id AND s.starts_at <= c.incident_date AND s.ends_at > c.incident_date
    WHERE s.id IS NULL OR NOT s.in_force OR s.covers IS NOT NULL
        OR t.committed - s.coverage_amount + s.deductible_amount >= 0.005
"""
# Policies on which more stands approved, or paid, than the least aggregate of their product allows; on whichever of its coverages.
USED_UP = """
    SELECT c.policy_id
    FROM claims_claim c
    JOIN policies_policy p ON p.id = c.policy_id
    LEFT JOIN (
        SELECT claim_id, SUM(amount) AS committed FROM claims_claimpayment
        WHERE cost_type = 'indemnity' AND status IN ('requested', 'approved', 'issued', 'cleared') GROUP BY claim_id
    ) t ON t.claim_id = c.id
    JOIN (
        SELECT product_version_id, MIN(aggregate) AS aggregate FROM products_coverage
        WHERE aggregate IS NOT NULL GROUP BY product_version_id
    ) a ON a.product_version_id = p.product_version_id
    GROUP BY c.policy_id
    HAVING SUM(CASE WHEN t.committed > COALESCE(c.approved_amount, c.paid_amount) THEN t.committed
        ELSE COALESCE(c.approved_amount, c.paid_amount) END) - MIN(a.aggregate) >= 0.005
"""


@dataclass(frozen=True, slots=True)
class Loss:
    """A claim, what the product of its policy promises, and the terms that were in force at the loss."""

    claim: Claim
    promises: Promises
    cover: Cover


def _losses(sql: str) -> Iterator[list[Loss]]:
    """The claims whose keys the statement gives, batch by batch: as many queries for each batch, whatever is in it."""
    claims = Claim.objects.filter(pk__in=RawSQL(sql, ())).order_by()  # noqa: S611  # texts of ours
    columns = (*OF_CLAIM, *(f"policy__{name}" for name in OF_POLICY))
    rows = claims.select_related("policy").only(*columns)
    for batch in batched(rows.iterator(BATCH), BATCH):
        covers = covers_at([(claim.policy, claim.incident_date) for claim in batch])
        yield [Loss(claim, promises_held(claim.policy), cover) for claim, cover in zip(batch, covers, strict=True)]


def _above_the_limit(_looking: Looking) -> Iterator[Offender]:
    for batch in _losses(ABOVE):
        for loss in batch:
            claim, most = loss.claim, cap_under(loss.cover, loss.promises.answering(loss.claim.claim_type))
            approved = claim.approved_amount or ZERO
            if approved > most:
                yield offender(claim, f"{dollars(approved)} stands approved; the cover at the loss pays {dollars(most)}.")


def _paid_above_the_limit(_looking: Looking) -> Iterator[Offender]:
    for batch in _losses(PAID_ABOVE):
        committed = committed_by_claims([loss.claim for loss in batch], lambda claim: promises_held(claim.policy))
        for loss in batch:
            for code, paid in committed[loss.claim.pk].items():
                yield from _beyond(loss, code, paid)


def _beyond(loss: Loss, code: str, paid: Decimal) -> Iterator[Offender]:
    """The claim, where `paid` is more than the coverage of this code pays for the loss."""
    promise = loss.promises.paying(code, loss.claim.claim_type)
    most = cap_under(loss.cover, promise)
    if paid > most:
        says = f"{dollars(paid)} is paid or asked for on {promise.name}, which pays {dollars(most)} for the loss."
        yield offender(loss.claim, says)


def _above_the_aggregate(_looking: Looking) -> Iterator[Offender]:
    policies = Policy.objects.raw(f"SELECT * FROM policies_policy WHERE id IN ({USED_UP})")  # noqa: S608  # texts of ours
    for policy in policies:
        promises = promises_held(policy)
        used = used_by_claims(policy, promises)
        for promise in promises.with_aggregate:
            users = [key for key, each in used.items() if each.of(promise.code)]
            sum_of_all = sum((used[key].of(promise.code) for key in users), ZERO)
            if promise.aggregate is not None and sum_of_all > promise.aggregate:
                words = f"With other claims {dollars(sum_of_all)} is used of an aggregate of {dollars(promise.aggregate)} ({promise.name})."
                for claim in Claim.objects.filter(pk__in=users).order_by("claim_number"):
                    yield offender(claim, words)


keep(
    Invariant(
        "claim_paid",
        ROOM,
        "What a claim says was paid is what its payments and its ledger add up to.",
        query(CLAIM, PAID, "The claim says {0}, its payments come to {1}, its ledger to {2}."),
    ),
    Invariant(
        "claim_booked",
        ROOM,
        "Each payment that went out, and each that came back, has one entry of its amount at its moment.",
        query(CLAIM, BOOKED, "A payment of {0} is booked with {1}, or at another moment."),
    ),
    Invariant(
        "claim_incurred",
        ROOM,
        "Incurred = paid + outstanding − recovered, of which nothing is below nought, and no more came back than was paid.",
        query(CLAIM, INCURRED, "Outstanding comes to {0}, paid to {1}, recovered to {2}."),
    ),
    Invariant(
        "claim_payments",
        ROOM,
        "Payments that were made or asked for come to no more than was approved.",
        query(CLAIM, BEYOND, "{0} is paid or asked for, {1} is approved."),
    ),
    Invariant("claim_limit", ROOM, "What is approved is no more than the cover at the loss pays.", search(_above_the_limit)),
    Invariant(
        "claim_coverage",
        ROOM,
        "What is paid or asked for on a coverage is no more than it pays for the loss.",
        search(_paid_above_the_limit),
    ),
    Invariant(
        "claim_aggregate",
        ROOM,
        "All claims of a term use up no more of a coverage than its aggregate, each payment on the coverage that it names.",
        search(_above_the_aggregate),
    ),
    Invariant(
        "claim_closed",
        ROOM,
        "On a closed file nothing is outstanding and no payment is under way.",
        query(CLAIM, CLOSED, "{0} is outstanding; payments under way: {1}."),
    ),
)
