"""What the database itself holds about claimants. Used by the migration that puts it in.

A claimant is never deleted and never edited: it ends once, with the reason, and is named anew. What an erasure takes away may go, and the
digests are made anew with the platform's key. A merge of two customers moves it from one to the other.
"""

from claims.append_only import Rule

EDITED = "A claimant is never edited: end it, and name it anew."
KEPT = "Who claimed on a claim is never deleted."
LOOKED = "That somebody looked at personal data is never changed nor deleted."
# What an erasure of personal data leaves in the place of what people wrote.
ERASED = "Erased with the personal data."
CLAIMANT, LOOK = "parties_claimant", "parties_claimantlook"
_CONTENT = ("claim_id", "kind", "claims_for", "added_by_id", "added_at")
_PERSONAL = ("name", "email", "phone", "address")
_ENDING = ("ended_by_id", "ended_at")


def rules(vendor: str) -> list[Rule]:
    """Each as name, table, event, condition and words. `vendor` is a connection's."""
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    edited = [f"NEW.{column} {differs} OLD.{column}" for column in _CONTENT]
    edited += [f"(NEW.{column} {differs} OLD.{column} AND NEW.redacted_at IS NULL)" for column in _PERSONAL]
    edited += [f"(NEW.{column} IS NOT NULL AND OLD.{column} IS NULL)" for column in _PERSONAL]
    edited += [f"(OLD.ended_at IS NOT NULL AND NEW.{column} {differs} OLD.{column})" for column in _ENDING]
    edited.append(f"(OLD.ended_at IS NOT NULL AND NEW.ended_because NOT IN (OLD.ended_because, '{ERASED}'))")
    edited += ["(OLD.customer_id IS NULL) <> (NEW.customer_id IS NULL)", "(OLD.redacted_at IS NOT NULL AND NEW.redacted_at IS NULL)"]
    return [
        ("parties_claimant_unedited", CLAIMANT, "UPDATE", " OR ".join(edited), EDITED),
        ("parties_claimant_kept", CLAIMANT, "DELETE", "", KEPT),
        ("parties_look_unchanged", LOOK, "UPDATE", "", LOOKED),
        ("parties_look_kept", LOOK, "DELETE", "", LOOKED),
    ]
