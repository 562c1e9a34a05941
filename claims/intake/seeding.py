"""First queues and triage rules, so that a new company has some to change. Queues that somebody made are left alone."""

from decimal import Decimal

from claims.intake.models import Queue, Severity, TriageRule
from vanguard.accounts.roles import RolesSynced
from vanguard.events import on

INJURY = "injur, hurt, hospital, ambulance, fatal, death"
TOTAL_LOSS = "total loss, totaled, totalled, destroyed, uninhabitable"
QUEUES = ("General", "Property", "Auto", "Complex losses")
# name, words, type, amount from, severity, queue
RULES: tuple[tuple[str, str, str, str, Severity, str], ...] = (
    ("Somebody is injured", INJURY, "", "", Severity.COMPLEX, "Complex losses"),
    ("Total loss", TOTAL_LOSS, "", "", Severity.COMPLEX, "Complex losses"),
    ("Very large", "", "", "100000.00", Severity.COMPLEX, "Complex losses"),
    ("Large fire", "", "fire", "10000.00", Severity.HIGH, "Property"),
    ("Large", "", "", "25000.00", Severity.HIGH, "General"),
    ("Collision", "", "collision", "", Severity.MEDIUM, "Auto"),
    ("Glass", "", "glass", "", Severity.LOW, "Auto"),
    ("Water damage", "", "water_damage", "", Severity.MEDIUM, "Property"),
    ("Wind", "", "wind", "", Severity.MEDIUM, "Property"),
    ("Hail", "", "hail", "", Severity.MEDIUM, "Property"),
    ("Dwelling", "", "dwelling", "", Severity.MEDIUM, "Property"),
    ("Everything else", "", "", "", Severity.MEDIUM, "General"),
)


@on(RolesSynced)
def seed_queues(roles: RolesSynced) -> None:
    """A company that has no queue gets the first ones, with the rules that fill them."""
    if Queue.objects.using(roles.using).exists():
        return
    queues = {name: Queue(name=name) for name in QUEUES}
    for queue in queues.values():
        queue.save(using=roles.using)
    TriageRule.objects.using(roles.using).bulk_create(
        TriageRule(
            position=10 * place,
            name=name,
            words=words,
            claim_type=claim_type,
            amount_from=Decimal(least) if least else None,
            severity=severity,
            queue=queues[queue],
        )
        for place, (name, words, claim_type, least, severity, queue) in enumerate(RULES, start=1)
    )
