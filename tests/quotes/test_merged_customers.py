import pytest

from customers.services import merge_customers, unmerge_customers
from policies.quotes.models import Quote
from tests.factories import CustomerFactory
from tests.quotes.making import quoted, requested
from vanguard.errors import NotFound

pytestmark = pytest.mark.django_db


def test_quotes_follow_a_merge_and_come_back_and_none_is_made_for_the_merged_record() -> None:
    kept, merged = CustomerFactory.create(), CustomerFactory.create()
    own, theirs = quoted(kept), quoted(merged)
    merge_customers(None, kept.pk, merged.pk)
    assert set(Quote.objects.filter(customer=kept)) == {own, theirs}
    with pytest.raises(NotFound):
        requested(merged)
    unmerge_customers(None, merged.pk)
    assert list(Quote.objects.filter(customer=merged)) == [theirs]
