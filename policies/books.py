"""What must hold of policies: the premium, the term that its segments tile, and who decided."""

from collections.abc import Iterator
from itertools import groupby

from policies.models import PolicySegment, PolicyVersion
from policies.terms import timeline
from vanguard.books import Invariant, Looking, Offender, keep, query, search

ROOM = "Policies"
POLICY = "policies.policy"
BATCH = 2000

WRITTEN = """
    SELECT p.id, p.policy_number, v.written_premium, s.premium
    FROM policies_policy p
    LEFT JOIN policies_policyversion v ON v.policy_id = p.id AND v.number = p.booked_versions
    LEFT JOIN (SELECT version_id, SUM(premium) AS premium FROM policies_policysegment GROUP BY version_id) s ON s.version_id = v.id
    WHERE s.premium IS NULL OR ABS(v.written_premium - s.premium) >= 0.005
"""
CHANGES = """
    SELECT p.id, p.policy_number, c.changes, v.written_premium
    FROM policies_policy p
    JOIN policies_policyversion v ON v.policy_id = p.id AND v.number = p.booked_versions
    JOIN (SELECT policy_id, SUM(premium_change) AS changes FROM policies_policyversion GROUP BY policy_id) c ON c.policy_id = p.id
    WHERE ABS(c.changes - v.written_premium) >= 0.005
"""
TILING = """
    SELECT p.id, p.policy_number
    FROM policies_policy p
    JOIN policies_policyversion v ON v.policy_id = p.id AND v.number = p.booked_versions
    JOIN (
        SELECT version_id, MIN(starts_at) AS first, MAX(ends_at) AS last,
               SUM(CASE WHEN following IS NOT NULL AND following <> ends_at THEN 1 ELSE 0 END) AS breaks
        FROM (
            SELECT version_id, starts_at, ends_at, LEAD(starts_at) OVER (PARTITION BY version_id ORDER BY starts_at) AS following
            FROM policies_policysegment
        ) one GROUP BY version_id
    ) s ON s.version_id = v.id
    WHERE s.breaks > 0 OR s.first <> p.start_date OR s.last <> p.end_date
"""
SEAMS = """
    SELECT r.id, r.policy_number, p.policy_number
    FROM policies_policy r JOIN policies_policy p ON p.id = r.renews_id
    WHERE r.start_date <> p.end_date
"""
FOUR_EYES = """
    SELECT p.id, p.policy_number
    FROM policies_endorsementrequest r JOIN policies_policy p ON p.id = r.policy_id
    WHERE r.outcome = 'approved' AND (r.decided_by_id = r.requested_by_id OR r.decided_by_id IS NULL OR r.decided_at IS NULL)
"""


def _not_what_was_booked(_looking: Looking) -> Iterator[Offender]:
    """Of each term on which more than one booking was made, the segments are worked out again from all of them."""
    versions = PolicyVersion.objects.filter(policy__booked_versions__gt=1).select_related("policy").order_by("policy", "number")
    for _, booked in groupby(versions.iterator(BATCH), lambda version: version.policy_id):
        bookings = list(booked)
        policy, again = bookings[-1].policy, timeline(version.transaction for version in bookings)
        stored = PolicySegment.objects.filter(version=bookings[-1]).order_by("starts_at")
        then = [(each.starts_at, each.ends_at, each.in_force, each.premium, each.own_covers) for each in stored]
        if then != [(each.starts_at, each.ends_at, each.in_force, each.premium, dict(each.terms.covers)) for each in again.segments]:
            yield Offender(POLICY, str(policy.pk), policy.policy_number, f"Worked out again, the term comes to {again.written}.")


keep(
    Invariant(
        "policy_written",
        ROOM,
        "The written premium is the sum of the segments of the term; so earned and unearned add up to it on any day.",
        query(POLICY, WRITTEN, "{0} is written, the segments come to {1}."),
    ),
    Invariant(
        "policy_changes",
        ROOM,
        "The premium changes of all bookings add up to the written premium.",
        query(POLICY, CHANGES, "The changes come to {0}, written is {1}."),
    ),
    Invariant(
        "policy_tiling",
        ROOM,
        "The segments tile the term: no gap, no overlap, from its start to its end.",
        query(POLICY, TILING, "The segments leave a gap, overlap, or do not reach from the start to the end of the term."),
    ),
    Invariant(
        "policy_seams",
        ROOM,
        "A renewal starts at the moment at which the term before it ends.",
        query(POLICY, SEAMS, "It does not start where {0} ends."),
    ),
    Invariant(
        "policy_earned",
        ROOM,
        "Segments are what the bookings come to, worked out again; so what is earned by each day is.",
        search(_not_what_was_booked),
    ),
    Invariant(
        "policy_four_eyes",
        ROOM,
        "More cover over a known loss was approved by somebody else than asked for it.",
        query(POLICY, FOUR_EYES, "Who asked for more cover approved it, or nobody did."),
    ),
)
