"""The digests of personal data, brought under the current key by `manage.py rotate_keys`: only the plain values give them."""

from collections.abc import Iterator

from customers.models import Customer
from customers.services.records import DIGESTS, set_digests
from vanguard.encryption.owned import keyring

BATCH = 200


def outdated_digests() -> int:
    """How many customers have a digest that is not under the current key."""
    return sum(_renewed(customer) for batch in _batches() for customer in batch)


def rotate_digests() -> Iterator[int]:
    """Yields how many customers got new digests, batch by batch. Who changed a record meanwhile wrote its digests too: that stands."""
    for batch in _batches():
        yield sum(_put(customer) for customer in batch if _renewed(customer))


def _batches() -> Iterator[list[Customer]]:
    """Each read by itself: a reading that stays open would be in the way of writers."""
    rows = Customer.objects.order_by("pk")
    batch = list(rows[:BATCH])
    while batch:
        keyring.load_for(batch)
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def _renewed(customer: Customer) -> bool:
    """Whether its digests are other ones now; they are set."""
    before = [getattr(customer, name) for name in DIGESTS]
    set_digests(customer)
    return before != [getattr(customer, name) for name in DIGESTS]


def _put(customer: Customer) -> int:
    values = {name: getattr(customer, name) for name in DIGESTS}
    return Customer.objects.filter(pk=customer.pk, version=customer.version).update(**values)
