"""Reads behind the letters: who may have one, which state's law it is under, and what that wants said."""

import datetime
from collections.abc import Sequence
from uuid import UUID

from claims.clocks.jurisdiction import jurisdiction_of
from claims.letters.models import ClaimLetter, JurisdictionText
from claims.models import Claim
from vanguard.accounts.models import User


def find_letter(user: User, letter_id: UUID) -> ClaimLetter | None:
    """The letter with this key, if `user` may have it."""
    return ClaimLetter.objects.visible_to(user).filter(pk=letter_id).first()


def law_of(claim: Claim) -> str:
    """The state whose law a letter is under: the claim's jurisdiction; where it has none, what the insured's address says."""
    return claim.jurisdiction or jurisdiction_of(claim.policy.customer.address)


def texts_for(jurisdiction: str, kind: str, day: datetime.date) -> Sequence[JurisdictionText]:
    """What the law wants in a letter of this kind and day; where no text of the state's own is known, the general one. One query."""
    rows = JurisdictionText.objects.filter(kind=kind, jurisdiction__in={jurisdiction, ""}, valid_from__lte=day)
    valid = [row for row in rows if row.valid_to is None or day < row.valid_to]
    return [row for row in valid if row.jurisdiction == jurisdiction] or valid
