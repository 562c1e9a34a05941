"""Why a policy was cancelled, that it lapsed, and that it was reinstated by right, are columns of the booking, and not words in its reason."""

from typing import Any

from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery

from vanguard.constraints import AddCheckOnline

CAUSES = {
    "insured_request": "Insured's request",
    "non_payment": "Non-payment",
    "underwriting": "Underwriting",
    "flat": "Flat, from inception",
    "rewritten": "Rewritten",
    "prior_term": "Term before it cancelled",
}
PAID_BEFORE = "Paid before the lapse"
TABLE = "policies_policyversion"
KEPT = {
    "sqlite": f"""
    CREATE TRIGGER policy_version_is_kept BEFORE UPDATE ON {TABLE}
    BEGIN SELECT RAISE(ABORT, 'A version of a policy is never changed.'); END
    """,
    "postgresql": f"""
    CREATE TRIGGER policy_version_is_kept BEFORE UPDATE OR DELETE ON {TABLE} FOR EACH ROW EXECUTE FUNCTION policies_keep_version()
    """,
}
# A task of the release before this one, which runs beside it for a while, knows the words only. Those of a cancellation are never typed;
# those of a reinstatement may be, so one of such a task counts as a person's.
_WORDS = " ".join(f"WHEN '{label.replace(chr(39), chr(39) * 2)}' THEN '{code}'" for code, label in CAUSES.items())
TOLD = [
    f"""
    CREATE FUNCTION policies_tell_cause() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.cause := CASE NEW.reason {_WORDS} ELSE '' END;
        IF NEW.actor_id IS NULL AND NEW.cause = 'non_payment' THEN
            NEW.lapsed_at := NEW.effective_at;
        END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE TRIGGER policy_version_cause_by_words BEFORE INSERT ON {TABLE} FOR EACH ROW
    WHEN (NEW.cause = '' AND NEW.kind = 'cancellation') EXECUTE FUNCTION policies_tell_cause()
    """,
]
UNTOLD = [f"DROP TRIGGER policy_version_cause_by_words ON {TABLE}", "DROP FUNCTION policies_tell_cause()"]


def let_go(apps: Any, schema_editor: Any) -> None:
    on_table = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS policy_version_is_kept{on_table}")


def keep(apps: Any, schema_editor: Any) -> None:
    # SQLite makes the table anew for a column or a constraint, and loses its triggers by that.
    schema_editor.execute(KEPT[schema_editor.connection.vendor])


def tell_by_words(apps: Any, schema_editor: Any) -> None:
    for statement in TOLD if schema_editor.connection.vendor == "postgresql" else []:
        schema_editor.execute(statement)


def no_more_words(apps: Any, schema_editor: Any) -> None:
    for statement in UNTOLD if schema_editor.connection.vendor == "postgresql" else []:
        schema_editor.execute(statement)


def carry_over(apps: Any, schema_editor: Any) -> None:
    Version = apps.get_model("policies", "PolicyVersion")
    cancelled = Version.objects.filter(kind="cancellation")
    for code, label in CAUSES.items():
        cancelled.filter(reason=label).update(cause=code)
    # Those of before versions were kept say nothing; their policy does.
    why = apps.get_model("policies", "Policy").objects.filter(pk=OuterRef("policy"), booked_versions=OuterRef("number"))
    silent = cancelled.filter(cause="", policy__booked_versions=F("number")).exclude(policy__cancellation_reason="")
    silent.update(cause=Subquery(why.values("cancellation_reason")[:1]))
    cancelled.filter(cause="non_payment", reason=CAUSES["non_payment"], actor=None).update(lapsed_at=F("effective_at"))
    Version.objects.filter(kind="reinstatement", reason=PAID_BEFORE).update(cause="paid_before")
    _carry_along(Version)


def _carry_along(Version: Any) -> None:
    """Of a renewal that ended along with a lapse: that of the term before it, one term after another."""
    along = Version.objects.filter(cause="prior_term", actor=None, lapsed_at=None)
    found = True
    while found:
        before = Version.objects.filter(
            Q(booked_at__lte=OuterRef("booked_at")), kind="cancellation", policy=OuterRef("policy__renews")
        ).order_by("-number")
        told = list(along.annotate(of_prior=Subquery(before.values("lapsed_at")[:1])).exclude(of_prior=None).values_list("pk", "of_prior"))
        for pk, lapsed_at in told:
            Version.objects.filter(pk=pk).update(lapsed_at=lapsed_at)
        found = bool(told)


class Migration(migrations.Migration):
    dependencies = [("policies", "0016_approvals_of_before_are_looked_at")]

    operations = [
        migrations.RunPython(let_go, keep),
        migrations.AddField(
            model_name="policyversion",
            name="cause",
            field=models.CharField(
                blank=True,
                choices=[*CAUSES.items(), ("paid_before", PAID_BEFORE)],
                db_default="",
                default="",
                max_length=20,
            ),
        ),
        migrations.AddField(model_name="policyversion", name="lapsed_at", field=models.DateTimeField(null=True)),
        AddCheckOnline(
            model_name="policyversion",
            constraint=models.CheckConstraint(
                condition=Q(cause="", lapsed_at=None)
                | Q(
                    kind="cancellation",
                    cause__in=["insured_request", "non_payment", "underwriting", "flat", "rewritten", "prior_term"],
                    lapsed_at=None,
                )
                | Q(kind="cancellation", cause__in=["non_payment", "prior_term"])
                | Q(kind="reinstatement", cause="paid_before", lapsed_at=None),
                name="policy_version_cause_fits",
            ),
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RunPython(tell_by_words, no_more_words),
        migrations.RunPython(keep, let_go),
    ]
