"""Records that are made once for a file: whatever becomes of them, the next file begins without a transaction of theirs."""

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from customers.models import Customer
from tests.factories import CustomerFactory
from tests.records import made

pytestmark = pytest.mark.once


def standing() -> tuple[bool, bool, int]:
    """Whether a transaction is open, whether the connection commits by itself, and how many customers there are."""
    return connection.in_atomic_block, connection.get_autocommit(), Customer.objects.count()


def nobody() -> None:
    CustomerFactory.create()
    raise LookupError


def test_records_that_cannot_be_made_leave_no_transaction_open(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.block(), pytest.raises(LookupError), made(nobody, django_db_blocker):
        raise AssertionError
    with django_db_blocker.unblock():
        assert standing() == (False, True, 0)


def test_records_are_there_until_they_are_undone(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.block(), made(CustomerFactory.create, django_db_blocker), django_db_blocker.unblock():
        assert standing() == (True, False, 1)
    with django_db_blocker.unblock():
        assert standing() == (False, True, 0)
