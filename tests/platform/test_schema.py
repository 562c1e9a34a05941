"""What the models and the rooms say that the database refuses is in the database, after every migration.

SQLite makes a table anew for many a change, and what the migration does not say again is lost without a word: a check, a trigger.
"""

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CheckConstraint, Model, Q, UniqueConstraint

pytestmark = pytest.mark.django_db

# Made by hand in migrations. Those that record and count are made anew after each migration, and are not in this list.
TRIGGERS = """
billing_invoiceline_kept billing_invoiceline_unchanged billing_ledgerentry_kept billing_ledgerentry_refers
billing_ledgerentry_unchanged claim_approval_kept claims_appeal_other_person claims_claimpayment_kept claims_claimpayment_unedited
claims_depreciation_of_the_loss claims_ledgerentry_kept claims_ledgerentry_unchanged claims_outstanding_not_below
claims_paid_within_approved claims_payment_account_is_whole claims_payment_account_stays claims_payment_digest_is_of_one
claims_payment_proof_stays claims_settlementproof_kept claims_settlementproof_unchanged decisions_appeal_decided_once
decisions_appeal_kept decisions_check_unchanged
decisions_denial_kept decisions_denial_unchanged diary_entry_kept
diary_entry_unedited diary_move_kept diary_move_unchanged fraud_note_kept fraud_note_unchanged fraud_referral_kept
fraud_referral_unchanged parties_claimant_kept parties_claimant_unedited parties_look_kept parties_look_unchanged
payment_approval_given payment_approval_kept payment_approval_made payment_asked_first
payment_step_by_step policy_segment_is_kept policy_segments_do_not_overlap policy_version_is_kept products_coverage_keep
products_coverage_keep_new products_factorvalue_keep products_factorvalue_keep_new products_keep_version products_no_overlap
products_no_overlap_new products_productclause_keep products_productclause_keep_new products_ratingfactor_keep
products_ratingfactor_keep_new
""".split()  # noqa: SIM905  # a list of names to read


def missing_from(model: type[Model]) -> list[str]:
    """The constraints and indexes of the model that its table does not have."""
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, model._meta.db_table)
        if connection.vendor == "postgresql":
            # Exclusions and the like, which introspection leaves out.
            cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = %s::regclass", [f'"{model._meta.db_table}"'])
            found |= {name: {} for (name,) in cursor.fetchall()}
    said = [each.name for each in (*model._meta.constraints, *model._meta.indexes)]
    return [f"{model._meta.label}: {name}" for name in said if name not in found]


def test_every_constraint_and_index_of_every_model_is_in_the_database() -> None:
    models = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    kinds = [type(each) for model in models for each in model._meta.constraints]
    assert kinds.count(CheckConstraint) > 50
    assert kinds.count(UniqueConstraint) > 10
    assert [lost for model in models for lost in missing_from(model)] == []


@pytest.mark.sqlite  # PostgreSQL never makes a table anew
def test_every_trigger_that_a_migration_made_is_still_there() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found = {name for (name,) in cursor.fetchall()}
    made_anew = {name for name in found if name.startswith(("recorded_", "audit_")) or name.endswith(("_inserted", "_deleted"))}
    assert sorted(found - made_anew) == TRIGGERS


def test_a_constraint_that_was_lost_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = apps.get_model("policies", "EndorsementRequest")
    lost = CheckConstraint(condition=Q(kind="endorsement"), name="no_such_check")
    monkeypatch.setattr(model._meta, "constraints", [*model._meta.constraints, lost])
    assert missing_from(model) == ["policies.EndorsementRequest: no_such_check"]
