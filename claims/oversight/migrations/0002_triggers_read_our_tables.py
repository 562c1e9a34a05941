"""The functions of triggers find our tables alone, whatever the session would find under their names.

Without a path of its own such a function looks where the session looks, and there temporary tables come first. Whoever may make one could
give it the name of the table that a trigger asks, and the trigger would ask an empty one. In this room because it comes after all others.
"""

from typing import Any

from django.db import migrations

# In the order of the rooms. Those of the trail have theirs since they were made; `vanguard.own_writes` gives its own theirs.
FUNCTIONS = (
    "accounts_tell_callers",
    "vanguard_count_rows",
    "vanguard_keep_trail",
    "policies_keep_segment",
    "policies_keep_version",
    "policies_tell_cause",
    "products_keep_clause",
    "products_keep_part",
    "products_keep_version",
    "billing_invoiceline_kept",
    "billing_ledgerentry_kept",
    "billing_refers",
    "billing_unchanged",
    "claims_appeal_other_person",
    "claims_claimpayment_kept",
    "claims_claimpayment_unedited",
    "claims_depreciation_of_the_loss",
    "claims_ledgerentry_kept",
    "claims_ledgerentry_unchanged",
    "claims_outstanding_not_below",
    "claims_paid_within_approved",
    "claims_payment_account_stays",
    "claims_payment_proof_stays",
    "claims_settlementproof_kept",
    "claims_settlementproof_unchanged",
    "claim_approval_kept",
    "payment_approval_given",
    "payment_approval_kept",
    "payment_approval_made",
    "payment_asked_first",
    "payment_step_by_step",
    "decisions_appeal_decided_once",
    "decisions_appeal_kept",
    "decisions_check_unchanged",
    "decisions_denial_kept",
    "decisions_denial_unchanged",
    "diary_entry_kept",
    "diary_entry_unedited",
    "diary_move_kept",
    "diary_move_unchanged",
    "fraud_note_kept",
    "fraud_note_unchanged",
    "fraud_referral_kept",
    "fraud_referral_unchanged",
)


def settle(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT quote_ident(current_schema())")
        [schema] = cursor.fetchone()
    for function in FUNCTIONS:
        schema_editor.execute(f"ALTER FUNCTION {function}() SET search_path = {schema}, pg_temp")


def unsettle(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    for function in FUNCTIONS:
        schema_editor.execute(f"ALTER FUNCTION {function}() RESET search_path")


class Migration(migrations.Migration):
    dependencies = [
        ("oversight", "0001_oversight"),
        ("accounts", "0007_invitations"),
        ("trail", "0001_audit_trail"),
        ("vanguard", "0004_covered_indexes"),
        ("customers", "0011_search_current_customers"),
        ("policies", "0020_part_of_a_number"),
        ("products", "0005_whole_numbers"),
        ("billing", "0004_renewals_lapse_along"),
        ("claims", "0018_part_of_a_number"),
        ("decisions", "0005_what_a_check_left_open"),
        ("diary", "0004_not_needed_any_more"),
        ("fraud", "0003_shared_account"),
    ]

    operations = [migrations.RunPython(settle, unsettle)]
