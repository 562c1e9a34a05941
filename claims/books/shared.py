"""Naming a claim that offends."""

from claims.models import Claim
from vanguard.books import Offender

CLAIM = "claims.claim"


def offender(claim: Claim, says: str) -> Offender:
    return Offender(CLAIM, str(claim.pk), claim.claim_number, says)
