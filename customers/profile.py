"""The customer's part in what `/api/auth/me` tells."""

from typing import Any

from customers.models import Customer
from vanguard.accounts.models import User


def linked_customer(user: User) -> dict[str, Any] | None:
    """The customer that the log-in is tied to, if any."""
    customer = Customer.objects.filter(user=user).first()
    if customer is None:
        return None
    return {"id": customer.pk, "email": customer.email, "firstName": customer.first_name, "lastName": customer.last_name}
