"""What the database holds about decisions. Denials and coverage checks never change; an appeal is decided once, and as it was made.

Used by the migrations that put the rules in (claims.append_only has the shape of them).
"""

from claims.append_only import Rule

KEPT = "What was decided is never changed: a later decision stands beside it."
DENIAL, APPEAL, CHECK = "decisions_denial", "decisions_appeal", "decisions_coveragecheck"
_MADE = ("claim_id", "denial_id", "reason", "recorded_by_id", "received_at", "first_decided_by_id")


def of_decisions(postgresql: bool) -> list[Rule]:
    """Each as name, table, event, condition and words."""
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in _MADE)
    return [
        ("decisions_denial_unchanged", DENIAL, "UPDATE", "", KEPT),
        ("decisions_denial_kept", DENIAL, "DELETE", "", KEPT),
        ("decisions_check_unchanged", CHECK, "UPDATE", "", KEPT),
        ("decisions_appeal_decided_once", APPEAL, "UPDATE", f"OLD.outcome <> '' OR {changed}", KEPT),
        ("decisions_appeal_kept", APPEAL, "DELETE", "", KEPT),
    ]
