"""A claim's payments as they stood at an instant."""

import datetime
from decimal import Decimal

from django.db.models import Q, QuerySet

from claims.models import Claim, ClaimPayment, PaymentStatus
from claims.past.facts import values_of
from vanguard.money import ZERO

CHANGING = ("status", "paid_at", "approved_by", "basis", "seal", "waits_for")


def payments_at(claim: Claim, moment: datetime.datetime) -> list[ClaimPayment]:
    """Those that had been asked for by then, in their state of then, the newest first. Not to be saved. Two queries."""
    rows = list(_known(claim, moment).select_related("requested_by").order_by("-created_at", "-id"))
    changed = values_of(rows, moment, CHANGING)
    for payment in rows:
        for name, value in changed.get(str(payment.pk), {}).items():
            setattr(payment, name, value)
    return rows


def _known(claim: Claim, moment: datetime.datetime) -> QuerySet[ClaimPayment]:
    # A payment of a book that was taken over was entered long after it went out.
    known = Q(created_at__lte=moment) | Q(paid_at__lte=moment)
    return claim.payments.filter(known, amount__gt=0).exclude(status=PaymentStatus.REVERSAL)


def to_pay_at(claim: Claim) -> Decimal:
    """What stands approved and is not paid, on a claim of the past."""
    return max((claim.approved_amount or ZERO) - claim.paid_amount, ZERO)
