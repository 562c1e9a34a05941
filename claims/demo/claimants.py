"""Who claims on the demo's open claims for liability: people who are no customers, named by whoever has the claim."""

from itertools import cycle

from claims.demo.unsaid import unsaid
from claims.models import Claim
from claims.parties.models import Claimant
from claims.services import ToldClaimant, add_claimant
from vanguard.audit import unit_of_work

INJURY = Claimant.ClaimsFor.BODILY_INJURY
# Invented, at telephone numbers kept for examples. The first is named on more than one claim, as the fraud indicators look for.
PEOPLE = (
    ("Nathan Whitlock", "+1 916 555 0171"),
    ("Marisol Quintero", "+1 512 555 0118"),
    ("Gwen Abernathy", "+1 515 555 0164"),
    ("Deshawn Pruitt", "+1 215 555 0193"),
    ("Ingrid Solberg", "+1 916 555 0126"),
)


def name_claimants() -> int:
    """One on each open claim for liability. Returns how many."""
    with unsaid(), unit_of_work(None):
        open_claims = Claim.objects.open().filter(claim_type="liability").select_related("assignee").order_by("reported_date", "id")
        named = list(zip(open_claims, cycle(PEOPLE)))
        for claim, (name, phone) in named:
            add_claimant(claim.assignee, claim.pk, ToldClaimant(INJURY, name=name, phone=phone))
    return len(named)
