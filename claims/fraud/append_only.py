"""What the database itself holds about investigations. Used by the migration that puts it in.

A note is never changed nor deleted. Of a referral only the outcome is written, once; why it was made, and with which score, stays.
"""

NOTE = "An investigation note is never changed nor deleted."
REFERRAL = "A referral is never deleted, and changes only by its outcome."
_KEPT = ("claim_id", "reason", "score", "reasons", "referred_by_id", "referred_at")

RULES = (
    ("fraud_note_unchanged", "fraud_investigationnote", "UPDATE", NOTE),
    ("fraud_note_kept", "fraud_investigationnote", "DELETE", NOTE),
    ("fraud_referral_unchanged", "fraud_referral", "UPDATE", REFERRAL),
    ("fraud_referral_kept", "fraud_referral", "DELETE", REFERRAL),
)


def created(vendor: str) -> list[str]:
    """The statements that put the rules in. `vendor` is a connection's."""
    made = []
    for name, table, event, words in RULES:
        when = f"WHEN ({_edited(vendor)}) " if (table, event) == ("fraud_referral", "UPDATE") else ""
        if vendor == "postgresql":
            refuse = f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"
            made += [
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$",
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {when}EXECUTE FUNCTION {name}()",
            ]
        else:
            made.append(f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{words}'); END")
    return made


def dropped(vendor: str) -> list[str]:
    """The statements that take them out."""
    postgresql = vendor == "postgresql"
    found = []
    for name, table, *_ in RULES:
        found += [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"] if postgresql else [f"DROP TRIGGER {name}"]
    return found


def _edited(vendor: str) -> str:
    postgresql = vendor == "postgresql"
    differs, text = ("IS DISTINCT FROM", "::text") if postgresql else ("IS NOT", "")
    # JSON has no equality in PostgreSQL but as text.
    changed = [f"NEW.{column}{text} {differs} OLD.{column}{text}" for column in _KEPT]
    return " OR ".join([*changed, "OLD.outcome <> ''"])
