"""The demo's open claims stand in the queues that the rules give them, and its adjusters are their members."""

from claims.bordereau.bulk import insert_all
from claims.demo.people import COLLEAGUES, LOG_INS
from claims.intake.models import Queue, Triage, TriageRule
from claims.models import Claim, ClaimTransition, Stage
from claims.services.triaging import triage_of
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work

# Who works where: the first adjuster takes from all of them.
MEMBERS = {"General": (0, 1, 2), "Property": (0, 1, 3), "Auto": (0, 2, 4), "Complex losses": (0, 3, 4)}


def triage_open_claims() -> int:
    """Triage those that never were. Returns how many."""
    with unit_of_work(None):
        rules, queues = list(TriageRule.objects.all()), list(Queue.objects.all())
        claims = list(Claim.objects.open().filter(triage=None).order_by("id"))
        found = [triage for claim in claims if (triage := triage_of(claim, rules, queues))]
        for triage in found:
            triage.at = triage.claim.reported_date
        insert_all(Triage, found)
        # As filing leaves them, in their history too.
        new = {triage.claim_id for triage in found if triage.claim.stage == Stage.REPORTED}
        Claim.objects.filter(pk__in=new).update(stage=Stage.TRIAGED)
        ClaimTransition.objects.filter(claim__in=new, command="submit").update(stage=Stage.TRIAGED)
        _join(queues)
    return len(found)


def _join(queues: list[Queue]) -> None:
    emails = [person.email for person in (*LOG_INS, *COLLEAGUES) if person.role == "Adjuster"]
    users = {user.email: user for user in User.objects.filter(email__in=emails)}
    for queue in queues:
        queue.members.add(*(users[emails[place]] for place in MEMBERS.get(queue.name, ()) if emails[place] in users))
