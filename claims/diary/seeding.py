"""First diary rules. A company that has some is left alone."""

from claims.diary.models import DiaryRule
from claims.intake.models import Severity
from claims.models import Stage
from vanguard.accounts.roles import RolesSynced
from vanguard.events import on

CONTACT = "Make first contact with the insured"
# stage, severity, days, what to do
FIRST: tuple[tuple[str, str, int, str], ...] = (
    ("", "", 7, "Look at the claim, and say what comes next"),
    (Stage.REPORTED, "", 2, CONTACT),
    (Stage.TRIAGED, "", 2, CONTACT),
    (Stage.TRIAGED, Severity.HIGH, 1, CONTACT),
    (Stage.TRIAGED, Severity.COMPLEX, 1, CONTACT),
    (Stage.ASSIGNED, "", 2, CONTACT),
    (Stage.ASSIGNED, Severity.HIGH, 1, CONTACT),
    (Stage.ASSIGNED, Severity.COMPLEX, 1, CONTACT),
    (Stage.COVERAGE_CHECK, "", 5, "Settle whether the policy covers the loss"),
    (Stage.INVESTIGATION, "", 7, "Ask how far the inspection is"),
    (Stage.EVALUATION, "", 5, "Work out the settlement"),
    (Stage.AWAITING_APPROVAL, "", 3, "Ask the second person how far the approval is"),
    (Stage.AWAITING_INFORMATION, "", 10, "Ask again for the information"),
    (Stage.APPEAL, "", 5, "Look at the claim anew for the appeal"),
    (Stage.APPROVED, "", 5, "See what is left, and close the file"),
    (Stage.PAYMENT_PENDING, "", 5, "See that the payment goes out"),
    (Stage.PAID, "", 10, "See what is left, and close the file"),
    (Stage.DENIED, "", 14, "See whether an appeal has come, and close the file"),
)


@on(RolesSynced)
def seed_rules(roles: RolesSynced) -> None:
    """A rule for every stage, and one for whatever else."""
    rows = DiaryRule.objects.using(roles.using)
    if not rows.exists():
        rows.bulk_create(DiaryRule(stage=stage, severity=severity, days=days, what=what) for stage, severity, days, what in FIRST)
