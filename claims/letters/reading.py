"""Reads behind the letters: who may have one, which state's law it is under, and what that wants said."""

import datetime
import re
from collections.abc import Sequence
from uuid import UUID

from claims.letters.models import ClaimLetter, JurisdictionText
from vanguard.accounts.models import User

# "…, Sacramento CA", "…, CA 95814", at the end of a line.
STATE = re.compile(r"[\s,]([A-Z]{2})(?:\s+\d{5}(?:-\d{4})?)?\s*$", re.MULTILINE)


def find_letter(user: User, letter_id: UUID) -> ClaimLetter | None:
    """The letter with this key, if `user` may have it."""
    return ClaimLetter.objects.visible_to(user).filter(pk=letter_id).first()


def jurisdiction_of(address: str) -> str:
    """The state in which somebody lives, as US-CA; empty where the address does not say."""
    found = STATE.findall(address)
    return f"US-{found[-1]}" if found else ""


def texts_for(jurisdiction: str, kind: str, day: datetime.date) -> Sequence[JurisdictionText]:
    """What the law wants in a letter of this kind and day; where no text of the state's own is known, the general one. One query."""
    rows = JurisdictionText.objects.filter(kind=kind, jurisdiction__in={jurisdiction, ""}, valid_from__lte=day)
    valid = [row for row in rows if row.valid_to is None or day < row.valid_to]
    return [row for row in valid if row.jurisdiction == jurisdiction] or valid
