"""What must hold of deadlines: each open claim has one, and it is that of its next clock."""

from claims.books.shared import CLAIM
from vanguard.books import Invariant, keep, query

ROOM = "Claims: deadlines"

NEXT = """
    SELECT c.id, c.claim_number, CASE
        WHEN c.closed_at IS NOT NULL THEN 'The file is closed, and a clock still runs.'
        WHEN r.due IS NULL THEN 'The file is open, and no clock runs.'
        WHEN c.due_at IS NULL THEN 'A clock runs, and the claim says no deadline.'
        ELSE 'The claim says another deadline than its next clock.' END
    FROM claims_claim c
    LEFT JOIN (SELECT claim_id, MIN(due_at) AS due FROM clocks_clock WHERE ended_at IS NULL GROUP BY claim_id) r ON r.claim_id = c.id
    WHERE CASE WHEN c.closed_at IS NULL THEN r.due IS NULL OR c.due_at IS NULL OR c.due_at <> r.due ELSE r.due IS NOT NULL END
"""
RULES = """
    SELECT c.id, c.claim_number, MIN(r.action)
    FROM clocks_clock k
    JOIN clocks_clockrule r ON r.id = k.rule_id
    JOIN claims_claim c ON c.id = k.claim_id
    WHERE k.kind <> r.kind OR k.due_at < k.started_at OR k.ended_at < k.started_at OR k.due_at < k.extended_from
        OR (k.ended_at IS NULL AND r.jurisdiction <> '' AND r.jurisdiction <> c.jurisdiction)
    GROUP BY c.id, c.claim_number
"""

keep(
    Invariant(
        "claim_deadline",
        ROOM,
        "Each open claim has one next deadline, that of the clock that is due first; on a closed file no clock runs.",
        query(CLAIM, NEXT, "{0}"),
    ),
    Invariant(
        "claim_clocks",
        ROOM,
        "Each clock is one of its rule and of its claim's jurisdiction, and neither due nor ended before it started.",
        query(CLAIM, RULES, "A clock does not fit its rule: {0}."),
    ),
)
