"""All the records of one person: the one that stands, and those that were merged into it."""

from uuid import UUID

from customers.models import Customer


def family_of(customer: Customer) -> list[Customer]:
    """The record and what was merged into it, over as many steps as there were. One query a step."""
    found, latest = [customer], [customer.pk]
    while latest:
        merged = list(Customer.objects.filter(merged_into_id__in=latest).order_by("pk"))
        found += merged
        latest = [each.pk for each in merged]
    return found


def keys_of(family: list[Customer]) -> frozenset[UUID]:
    return frozenset(each.pk for each in family)
