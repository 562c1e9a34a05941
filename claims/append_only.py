"""What the database itself holds about a claim's money, as statements for each that we run on. Used by the migration that puts them in.

Entries and proofs are never changed nor deleted. Nothing outstanding falls below nought. A payment's amount, payee and coverage stay;
it is never deleted. And a claim's figure of what was paid never rises above what was approved on it. Each trigger looks at its own
table only: one that looked into another would stop SQLite from making that table anew.
"""

CHANGED = "What is booked is never changed; it is reversed."
DELETED = "What is booked is never deleted; it is reversed."
EDITED = "A payment is never edited: stop or void it, and ask for another."
BELOW = "What is outstanding does not fall below nought."
BEYOND = "A claim is not paid beyond what was approved on it."

KEPT = ("claims_ledgerentry", "claims_settlementproof")
_CONTENT = ("claim_id", "amount", "coverage", "cost_type", "payee", "requested_by_id", "reverses_id")
_SUM = (
    "(SELECT COALESCE(SUM(e.outstanding), 0) FROM claims_ledgerentry e WHERE e.claim_id = NEW.claim_id "
    "AND e.coverage = NEW.coverage AND e.cost_type = NEW.cost_type) + NEW.outstanding"
)


def created(vendor: str) -> list[str]:
    """The statements that put the rules in. `vendor` is a connection's."""
    postgresql = vendor == "postgresql"
    found = [_made(postgresql, *rule) for rule in _rules(postgresql)]
    return [statement for statements in found for statement in statements]


def dropped(vendor: str) -> list[str]:
    """The statements that take them out."""
    postgresql = vendor == "postgresql"
    found = []
    for name, table, *_ in _rules(postgresql):
        found += [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"] if postgresql else [f"DROP TRIGGER {name}"]
    return found


def _rules(postgresql: bool) -> list[tuple[str, str, str, str, str]]:
    """Each as name, table, event, condition and words."""
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    edited = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in _CONTENT)
    below = f"NEW.outstanding < 0 AND ROUND({_SUM}, 2) < 0"
    # What is beyond already (nothing should be) may still come down.
    moved = f"(NEW.paid_amount > OLD.paid_amount OR NEW.approved_amount {differs} OLD.approved_amount)"
    beyond = f"NEW.approved_amount IS NOT NULL AND NEW.paid_amount > NEW.approved_amount AND {moved}"
    found = [(f"{table}_unchanged", table, "UPDATE", "", CHANGED) for table in KEPT]
    found += [(f"{table}_kept", table, "DELETE", "", DELETED) for table in (*KEPT, "claims_claimpayment")]
    return [
        *found,
        ("claims_claimpayment_unedited", "claims_claimpayment", "UPDATE", edited, EDITED),
        ("claims_outstanding_not_below", "claims_ledgerentry", "INSERT", below, BELOW),
        ("claims_paid_within_approved", "claims_claim", "UPDATE OF paid_amount, approved_amount", beyond, BEYOND),
    ]


def _made(postgresql: bool, name: str, table: str, event: str, condition: str, words: str) -> list[str]:
    if not postgresql:
        when = f"WHEN {condition} " if condition else ""
        return [f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{words}'); END"]
    # An error of the class that Django knows as IntegrityError.
    refuse = f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"
    body = f"IF {condition} THEN {refuse} END IF; RETURN NEW;" if condition else refuse
    # What only the row itself decides is asked before the function is called.
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {_when(event, condition)}EXECUTE FUNCTION {name}()",
    ]


def _when(event: str, condition: str) -> str:
    if not condition:
        return ""
    return "WHEN (NEW.outstanding < 0) " if event == "INSERT" else f"WHEN ({condition}) "
