"""What the database itself holds about the ledger, as statements for each that we run on. Used by the migration that puts them in.

Entries and lines are never updated. They are never deleted once money has come in on their account: only a policy booked by mistake,
on which nothing was ever paid, can go with all that was booked for it. A reversal and a refund refer to an entry of their own account,
and a refund to a payment.
"""

TABLES = ("billing_ledgerentry", "billing_invoiceline")
UPDATED = "What is booked is never changed; it is reversed."
DELETED = "What is booked is never deleted; it is reversed."
FOREIGN = "An entry refers to one of its own account; a refund to a payment."

_PAID = {
    "billing_ledgerentry": "SELECT 1 FROM billing_ledgerentry paid WHERE paid.account_id = OLD.account_id AND paid.kind = 'payment'",
    "billing_invoiceline": (
        "SELECT 1 FROM billing_ledgerentry paid JOIN billing_ledgerentry mine ON mine.account_id = paid.account_id "
        "WHERE mine.id = OLD.entry_id AND paid.kind = 'payment'"
    ),
}
_FITS = (
    "SELECT 1 FROM billing_ledgerentry other WHERE other.id = NEW.refers_to_id AND other.account_id = NEW.account_id "
    "AND (NEW.kind <> 'refund' OR other.kind = 'payment')"
)


def created(vendor: str) -> list[str]:
    """The statements that put the rules in. `vendor` is a connection's."""
    return _postgresql() if vendor == "postgresql" else _sqlite()


def dropped(vendor: str) -> list[str]:
    """The statements that take them out."""
    if vendor == "postgresql":
        drops = [f"DROP TRIGGER {table}_{what} ON {table}" for table in TABLES for what in ("kept", "unchanged")]
        functions = ("billing_unchanged", *(f"{table}_kept" for table in TABLES), "billing_refers")
        drops.append("DROP TRIGGER billing_ledgerentry_refers ON billing_ledgerentry")
        return [*drops, *(f"DROP FUNCTION {name}()" for name in functions)]
    names = [f"{table}_{what}" for table in TABLES for what in ("kept", "unchanged")]
    return [f"DROP TRIGGER {name}" for name in (*names, "billing_ledgerentry_refers")]


def _sqlite() -> list[str]:
    found = []
    for table in TABLES:
        found += [
            f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{UPDATED}'); END",
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} WHEN EXISTS ({_PAID[table]}) "
            f"BEGIN SELECT RAISE(ABORT, '{DELETED}'); END",
        ]
    return [
        *found,
        "CREATE TRIGGER billing_ledgerentry_refers BEFORE INSERT ON billing_ledgerentry WHEN NEW.refers_to_id IS NOT NULL "
        f"AND NOT EXISTS ({_FITS}) BEGIN SELECT RAISE(ABORT, '{FOREIGN}'); END",
    ]


def _postgresql() -> list[str]:
    found = [_function("billing_unchanged", f"{_raise(UPDATED)}")]
    for table in TABLES:
        found += [
            f"CREATE TRIGGER {table}_unchanged BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION billing_unchanged()",
            _function(f"{table}_kept", f"IF EXISTS ({_PAID[table]}) THEN {_raise(DELETED)} END IF; RETURN OLD;"),
            f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_kept()",
        ]
    return [
        *found,
        _function("billing_refers", f"IF NOT EXISTS ({_FITS}) THEN {_raise(FOREIGN)} END IF; RETURN NEW;"),
        "CREATE TRIGGER billing_ledgerentry_refers BEFORE INSERT ON billing_ledgerentry FOR EACH ROW "
        "WHEN (NEW.refers_to_id IS NOT NULL) EXECUTE FUNCTION billing_refers()",
    ]


def _function(name: str, body: str) -> str:
    return f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


def _raise(words: str) -> str:
    # An error of the class that Django knows as IntegrityError.
    return f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';"
