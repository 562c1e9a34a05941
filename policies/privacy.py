"""What policies have to say where a customer's personal data is erased or handed out."""

from customers.events import CustomerExporting, ErasureStanding
from policies.models import Policy


def tell_terms(asked: ErasureStanding) -> None:
    """Each policy's end, which may be to come: the law's retention is counted from it. Policies themselves hold no personal data."""
    rows = Policy.objects.filter(customer__in=asked.customer_ids).values_list("end_date", "cancelled_at")
    asked.ended.extend(cancelled or end for end, cancelled in rows)


def share_policies(asked: CustomerExporting) -> None:
    """The policies, with the terms as they hold now."""
    rows = Policy.objects.filter(customer__in=asked.customer_ids).order_by("start_date", "policy_number")
    asked.shares["policies"] = [
        {
            "number": each.policy_number,
            "type": each.policy_type,
            "status": each.status,
            "startDate": each.start_date.isoformat(),
            "endDate": each.end_date.isoformat(),
            "cancelledAt": each.cancelled_at.isoformat() if each.cancelled_at else None,
            "premiumAmount": f"{each.premium_amount:.2f}",
            "coverageAmount": f"{each.coverage_amount:.2f}",
            "deductibleAmount": f"{each.deductible_amount:.2f}",
            **({"covers": each.covers} if each.covers else {}),
        }
        for each in rows
    ]
