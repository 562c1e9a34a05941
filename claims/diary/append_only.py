"""What the database itself holds about the diary. Used by the migration that puts it in.

What an entry says stays; once it is done nothing of it changes. Only what the platform made and nobody touched goes away with a claim
that was filed by mistake. A move is never changed nor deleted.
"""

from claims.append_only import Rule

EDITED = "A diary entry is never edited: it is done, or moved."
KEPT = "What a person wrote into the diary, or did, is never deleted."
MOVED = "That an entry was moved is never changed nor deleted."
_CONTENT = ("claim_id", "what", "made_by_id", "created_at")


def rules(vendor: str) -> list[Rule]:
    """Each as name, table, event, condition and words. `vendor` is a connection's."""
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    edited = " OR ".join(["OLD.done_at IS NOT NULL", *(f"NEW.{column} {differs} OLD.{column}" for column in _CONTENT)])
    touched = "OLD.made_by_id IS NOT NULL OR OLD.done_at IS NOT NULL"
    return [
        ("diary_entry_unedited", "diary_diaryentry", "UPDATE", edited, EDITED),
        ("diary_entry_kept", "diary_diaryentry", "DELETE", touched, KEPT),
        ("diary_move_unchanged", "diary_diarymove", "UPDATE", "", MOVED),
        ("diary_move_kept", "diary_diarymove", "DELETE", "", MOVED),
    ]
