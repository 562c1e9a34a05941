"""The rows of one customer, on the lists of the rooms above."""

from uuid import UUID

from django.http import HttpRequest

from customers.models import Customer
from vanguard.workbench.filters import KeyFilter
from vanguard.workbench.model_admin import actor_of


class CustomerIs(KeyFilter):
    """A room above says by which `field` its rows belong to a customer."""

    title = parameter_name = "customer"

    def name_of(self, request: HttpRequest, key: UUID) -> str:
        person = Customer.objects.visible_to(actor_of(request)).filter(pk=key).only("first_name", "last_name").first()
        return person.full_name if person else ""
