"""What must hold of the diary: no open claim is forgotten, and no closed one waits for anything."""

from claims.books.shared import CLAIM
from vanguard.books import Invariant, keep, query

FORGOTTEN = """
    SELECT c.id, c.claim_number FROM claims_claim c
    WHERE c.closed_at IS NULL AND NOT EXISTS (SELECT 1 FROM diary_diaryentry d WHERE d.claim_id = c.id AND d.done_at IS NULL)
"""
LEFT_OPEN = """
    SELECT c.id, c.claim_number, CAST(COUNT(*) AS varchar(20)) FROM diary_diaryentry d JOIN claims_claim c ON c.id = d.claim_id
    WHERE d.done_at IS NULL AND c.closed_at IS NOT NULL GROUP BY c.id, c.claim_number
"""
ROOM = "Claims: diary"

keep(
    Invariant(
        "claim_next_action",
        ROOM,
        "Each open claim has a next action date.",
        query(CLAIM, FORGOTTEN, "The claim is open, and nothing is in its diary."),
    ),
    Invariant(
        "claim_closed_diary",
        ROOM,
        "On a closed file nothing is left to do.",
        query(CLAIM, LEFT_OPEN, "The file is closed; open diary entries: {0}."),
    ),
)
