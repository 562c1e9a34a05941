"""First indicator rules. A company that has some is left alone."""

import datetime

from claims.fraud.models import Code, FraudRule
from vanguard.accounts.roles import RolesSynced
from vanguard.events import on

SINCE = datetime.datetime(2000, 1, 1, tzinfo=datetime.UTC)
FIRST: dict[Code, tuple[dict[str, int], int]] = {
    Code.EARLY_CLAIM: ({"days": 30}, 25),
    Code.LATE_REPORT: ({"days": 30}, 15),
    Code.ROUND_AMOUNT: ({"multiple": 1000, "least": 2000}, 10),
    Code.REPEATED_CLAIMANT: ({"claims": 3, "months": 24}, 25),
    Code.SHARED_PHONE: ({}, 20),
    Code.SHARED_ACCOUNT: ({}, 30),
    Code.BEFORE_THE_END: ({"days": 14}, 20),
    Code.UNDER_LIMIT: ({"percent": 5}, 15),
    Code.UNDER_AUTHORITY: ({"percent": 5}, 10),
    Code.THRESHOLD: ({}, 50),
}


@on(RolesSynced)
def seed_rules(roles: RolesSynced) -> None:
    """Each indicator with the company's first parameters and weight."""
    rows = FraudRule.objects.using(roles.using)
    if not rows.exists():
        rows.bulk_create(FraudRule(code=code, parameters=given, weight=weight, valid_from=SINCE) for code, (given, weight) in FIRST.items())
