"""What the database itself holds about a claim's money, as statements for each that we run on. Used by the migration that puts them in.

Entries and proofs are never changed nor deleted. Nothing outstanding falls below nought. A payment's amount, payee, account and coverage
stay; it is never deleted. And a claim's figure of what was paid never rises above what was approved on it. Each trigger looks at its own
table only: one that looked into another would stop SQLite from making that table anew.
"""

CHANGED = "What is booked is never changed; it is reversed."
DELETED = "What is booked is never deleted; it is reversed."
TORN = "The account of a payment, its mark and its digest are given together."
EDITED = "A payment is never edited: stop or void it, and ask for another."
BELOW = "What is outstanding does not fall below nought."
BEYOND = "A claim is not paid beyond what was approved on it."
APPEALED = "Who made the first decision has no part in the one on the appeal."
WORN = "Depreciation is between nought and the loss."

KEPT = ("claims_ledgerentry", "claims_settlementproof")
_CONTENT = ("claim_id", "amount", "coverage", "cost_type", "payee", "requested_by_id", "reverses_id")
_SUM = (
    "(SELECT COALESCE(SUM(e.outstanding), 0) FROM claims_ledgerentry e WHERE e.claim_id = NEW.claim_id "
    "AND e.coverage = NEW.coverage AND e.cost_type = NEW.cost_type) + NEW.outstanding"
)

# Name, table, event, condition ("" is always) and words of the refusal.
type Rule = tuple[str, str, str, str, str]


def created(vendor: str) -> list[str]:
    """The statements that put in the rules on money. `vendor` is a connection's."""
    return put_in(_rules(vendor == "postgresql"), vendor)


def dropped(vendor: str) -> list[str]:
    """The statements that take them out."""
    return taken_out(_rules(vendor == "postgresql"), vendor)


def put_in(rules: list[Rule], vendor: str) -> list[str]:
    """The statements that put some rules in."""
    return [statement for rule in rules for statement in _made(vendor == "postgresql", *rule)]


def taken_out(rules: list[Rule], vendor: str) -> list[str]:
    """The statements that take some rules out."""
    return [statement for name, table, *_ in rules for statement in _unmade(vendor == "postgresql", name, table)]


def of_appeals() -> list[Rule]:
    """Nobody owns a claim, or asks for an approval on it, who made the decision that is appealed; and depreciation is of the loss."""
    first = "NEW.first_decided_by_id IS NOT NULL AND NEW.first_decided_by_id IN (NEW.assignee_id, NEW.proposed_by_id)"
    worn = "NEW.depreciation IS NOT NULL AND (NEW.depreciation < 0 OR NEW.depreciation > NEW.claim_amount)"
    return [
        ("claims_appeal_other_person", "claims_claim", "UPDATE OF assignee_id, proposed_by_id, first_decided_by_id", first, APPEALED),
        ("claims_depreciation_of_the_loss", "claims_claim", "UPDATE OF depreciation, claim_amount", worn, WORN),
    ]


def of_payments_proofs() -> list[Rule]:
    """The proof that a payment rests on stays, as what was approved does."""
    return [("claims_payment_proof_stays", "claims_claimpayment", "UPDATE OF proof_id", _differs("proof_id"), EDITED)]


def of_payments_accounts() -> list[Rule]:
    """The account of a payee stays; its digest is written anew with the platform's key, and emptied by an erasure."""
    edited = " OR ".join(_differs(column) for column in ("account", "account_mark"))
    return [("claims_payment_account_stays", "claims_claimpayment", "UPDATE OF account, account_mark", edited, EDITED)]


def of_whole_accounts() -> list[Rule]:
    """An account is there with its mark or not at all, and a digest is of one. For SQLite: on PostgreSQL it is a check of the table.

    Account and mark stay as they came (`of_payments_accounts`), so that only the digest is looked at later.
    """
    no_account = "NEW.account IS NULL AND NEW.account_digest IS NOT NULL"
    torn = f"(NEW.account IS NULL) <> (NEW.account_mark IS NULL) OR NEW.account_mark = '' OR ({no_account})"
    return [
        ("claims_payment_account_is_whole", "claims_claimpayment", "INSERT", torn, TORN),
        ("claims_payment_digest_is_of_one", "claims_claimpayment", "UPDATE OF account_digest", no_account, TORN),
    ]


def _differs(column: str) -> str:
    """The same on both: neither `IS NOT` between columns on PostgreSQL, nor `IS DISTINCT FROM` on an older SQLite."""
    return f"(NEW.{column} <> OLD.{column} OR (NEW.{column} IS NULL) <> (OLD.{column} IS NULL))"


def made_anew(table: str) -> list[str]:
    """For SQLite, which loses a table's triggers when it makes the table anew: the statements that put that table's rules back."""
    rules = [rule for rule in _rules(postgresql=False) if rule[1] == table]
    return [statement for name, *rest in rules for statement in (f"DROP TRIGGER IF EXISTS {name}", *_made(False, name, *rest))]


def _rules(postgresql: bool) -> list[Rule]:
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


def _unmade(postgresql: bool, name: str, table: str) -> list[str]:
    """The statements that take one rule out."""
    return [f"DROP TRIGGER {name} ON {table}", f"DROP FUNCTION {name}()"] if postgresql else [f"DROP TRIGGER {name}"]


def _made(postgresql: bool, name: str, table: str, event: str, condition: str, words: str) -> list[str]:
    """The statements that put one rule in: `words` are the refusal where `condition` holds, always where there is none."""
    if not postgresql:
        when = f"WHEN {condition} " if condition else ""
        return [f"CREATE TRIGGER {name} BEFORE {event} ON {table} {when}BEGIN SELECT RAISE(ABORT, '{words}'); END"]
    # An error of the class that Django knows as IntegrityError.
    refuse = f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"
    body = f"IF {condition} THEN {refuse} END IF; RETURN NEW;" if condition else refuse
    # What only the row itself decides is asked before the function is called.
    return [
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW {_when(condition)}EXECUTE FUNCTION {name}()",
    ]


def _when(condition: str) -> str:
    if not condition:
        return ""
    # A sum over other rows cannot be asked there; only what takes something away can come below nought.
    return "WHEN (NEW.outstanding < 0) " if _SUM in condition else f"WHEN ({condition}) "
