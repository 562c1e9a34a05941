"""What the database holds about decisions. Denials and coverage checks never change, but for the words that an erasure
takes out of a check; an appeal is decided once, and as it was made.

Used by the migrations that put the rules in (claims.append_only has the shape of them).
"""

from claims.append_only import Rule

KEPT = "What was decided is never changed: a later decision stands beside it."
# What an erasure of personal data leaves in the place of what people wrote.
ERASED = "Erased with the customer's personal data."
DENIAL, APPEAL, CHECK = "decisions_denial", "decisions_appeal", "decisions_coveragecheck"
_MADE = ("claim_id", "denial_id", "reason", "recorded_by_id", "received_at", "first_decided_by_id")
_READ = (
    "id", "claim_id", "step", "actor_id", "made_at", "incident_date", "policy_version", "starts_at", "ends_at", "in_force", "limit",
    "deductible", "coverage", "coverage_name", "product_version",
)  # fmt: skip


def of_decisions(postgresql: bool) -> list[Rule]:
    """Each as name, table, event, condition and words."""
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    changed = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in _MADE)
    return [
        ("decisions_denial_unchanged", DENIAL, "UPDATE", "", KEPT),
        ("decisions_denial_kept", DENIAL, "DELETE", "", KEPT),
        *of_checks(postgresql),
        ("decisions_appeal_decided_once", APPEAL, "UPDATE", f"OLD.outcome <> '' OR {changed}", KEPT),
        ("decisions_appeal_kept", APPEAL, "DELETE", "", KEPT),
    ]


def of_checks(postgresql: bool, with_erasure: bool = False) -> list[Rule]:
    """What a check read stays. What it left open is in people's words, so an erasure (`with_erasure`) puts its own there, and nothing else:
    what was open is never told as settled."""
    differs = "IS DISTINCT FROM" if postgresql else "IS NOT"
    changed = " OR ".join(f'NEW."{column}" {differs} OLD."{column}"' for column in _READ)
    erased = f"COALESCE(OLD.left_open, '') <> '' AND COALESCE(NEW.left_open, '') = '{ERASED.replace("'", "''")}'"
    others = f"{changed} OR NOT ({erased})"
    return [("decisions_check_unchanged", CHECK, "UPDATE", others if with_erasure else "", KEPT)]


PAYMENT, CLAIM = "claims_claimpayment", "claims_claim"
STEPS = {
    "requested": ("approved", "stopped"),
    "approved": ("issued", "stopped"),
    "issued": ("cleared", "stopped", "voided"),
    "cleared": ("voided",),
}
ASKED_FIRST = "A payment begins by being asked for."
STEP_BY_STEP = "A payment goes step by step: asked for, approved, issued, cleared; or stopped, or voided."
TWO_PEOPLE = "A payment is approved on the own authority of who asked for it, or by a second person."
APPROVED = "What was approved stays as it was approved."
# As claims.models.ClaimPayment.digest; SQLite has no such function.
_SEALED = (
    "NEW.claim_id::text || E'\\x1f' || NEW.amount::text || E'\\x1f' || NEW.payee || E'\\x1f' || NEW.coverage || E'\\x1f' || NEW.cost_type"
)
_ACCOUNT = " || COALESCE(E'\\x1f' || NEW.account_mark, '')"


def of_seals(postgresql: bool, with_account: bool = True) -> list[Rule]:
    """Those of `of_approvals` that ask for the seal; before payments had an account (`with_account`) it was of less."""
    names = ("payment_approval_made", "payment_approval_given")
    return [rule for rule in of_approvals(postgresql, with_account) if rule[0] in names]


def of_approvals(postgresql: bool, with_account: bool = False) -> list[Rule]:
    """Four eyes: raw SQL, too, pays nothing that was not approved, approves nothing alone, and alters nothing that was approved."""
    differs, same = ("IS DISTINCT FROM", "IS NOT DISTINCT FROM") if postgresql else ("IS NOT", "IS")
    steps = " OR ".join(
        f"(OLD.status = '{before}' AND NEW.status IN ({', '.join(f"'{after}'" for after in afters)}))" for before, afters in STEPS.items()
    )
    edited = " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in ("approved_by_id", "basis", "seal"))
    by_one = f"NEW.basis = 'own_authority' AND NEW.approved_by_id {same} NEW.requested_by_id"
    by_two = f"NEW.basis = 'second_person' AND (NEW.approved_by_id {differs} NEW.requested_by_id OR NEW.requested_by_id IS NULL)"
    sealed = _SEALED + _ACCOUNT if with_account else _SEALED
    seal = f" OR NEW.seal <> encode(sha256(convert_to({sealed}, 'UTF8')), 'hex')" if postgresql else ""
    alone = f"NEW.status = 'approved' AND (NOT (({by_one}) OR ({by_two})){seal})"
    # A row of a book taken over names nobody; a reversal undoes what is there.
    not_asked = (
        "NEW.status NOT IN ('requested', 'approved', 'reversal') "
        "AND (NEW.status <> 'cleared' OR NEW.requested_by_id IS NOT NULL OR NEW.approved_by_id IS NOT NULL OR NEW.basis <> '')"
    )
    decided_anew = f"OLD.status = 'approved' AND NEW.status = 'approved' AND NEW.approved_amount {differs} OLD.approved_amount"
    return [
        ("payment_asked_first", PAYMENT, "INSERT", not_asked, ASKED_FIRST),
        ("payment_approval_made", PAYMENT, "INSERT", alone, TWO_PEOPLE),
        ("payment_step_by_step", PAYMENT, "UPDATE OF status", f"NEW.status <> OLD.status AND NOT ({steps})", STEP_BY_STEP),
        ("payment_approval_given", PAYMENT, "UPDATE", f"OLD.status = 'requested' AND {alone}", TWO_PEOPLE),
        ("payment_approval_kept", PAYMENT, "UPDATE", f"OLD.status <> 'requested' AND ({edited})", APPROVED),
        ("claim_approval_kept", CLAIM, "UPDATE OF approved_amount, status", decided_anew, APPROVED),
    ]
