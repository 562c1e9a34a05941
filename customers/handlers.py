"""What the platform does when records are merged: lines for compliance. And whose record a log-in is of that is made for a policyholder."""

from customers.events import CustomerErased, CustomersMerged, CustomersUnmerged
from customers.models import Customer
from vanguard.accounts.invitations import InvitedOutside
from vanguard.audit import change
from vanguard.errors import Conflict
from vanguard.events import on
from vanguard.observability.compliance import recorded_as

on(CustomersMerged)(recorded_as("customers_merged"))
on(CustomersUnmerged)(recorded_as("customers_unmerged"))
on(CustomerErased)(recorded_as("customer_erased"))


@on(InvitedOutside)
def tie_to_the_record(invited: InvitedOutside) -> None:
    """The log-in is of the customer with its e-mail address. Raises Conflict where there is none, or it has a log-in."""
    customer = Customer.objects.current().select_for_update().filter(email__iexact=invited.user.email).first()
    if customer is None:
        raise Conflict("There is no customer with this e-mail address.", code="no_customer", field="email")
    if customer.user_id is not None:
        raise Conflict("The customer with this e-mail address has a log-in.", code="duplicate", field="email")
    change(customer, user=invited.user)
