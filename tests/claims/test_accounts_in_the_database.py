"""What the database itself holds about a payee's account, whoever writes: its parts go together, and no migration loses one."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.migrations.exceptions import IrreversibleError

from claims.models import Claim, ClaimPayment
from claims.services import issue_payment, pay_claim
from tests.claims.test_payees_accounts import NUMBER, ROUTING, paid_to
from tests.claims.test_payments import approved_claim, newest
from tests.factories import adjuster, staff

TEXT, MARK, DIGEST = f"{ROUTING} {NUMBER}", "a" * 64, "b" * 64


def asked_for(claim: Claim, **parts: str) -> ClaimPayment:
    """Stored past the service."""
    return ClaimPayment.objects.create(claim=claim, amount=Decimal("10.00"), status="requested", payee="Castellan Roofs", **parts)


@pytest.mark.django_db
@pytest.mark.both
class TestPartsGoTogether:
    @pytest.mark.parametrize(
        "parts",
        [
            {"account": TEXT},
            {"account": TEXT, "account_digest": DIGEST},
            {"account": TEXT, "account_mark": "", "account_digest": DIGEST},
            {"account_mark": MARK},
            {"account_mark": ""},
            {"account_digest": DIGEST},
            {"account_mark": MARK, "account_digest": DIGEST},
        ],
        ids=["no mark", "no mark, but a digest", "an empty mark", "a mark alone", "an empty mark alone", "a digest alone", "no account"],
    )
    def test_part_of_an_account_is_refused(self, parts: dict[str, str]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            asked_for(approved_claim(adjuster()), **parts)

    def test_all_of_it_none_of_it_and_one_whose_digest_an_erasure_has_emptied_are_stored(self) -> None:
        claim = approved_claim(adjuster())
        for parts in ({}, {"account": TEXT, "account_mark": MARK}, {"account": TEXT, "account_mark": MARK, "account_digest": DIGEST}):
            assert asked_for(claim, **parts).pk
        assert claim.payments.exclude(account_digest=None).update(account_digest=None) == 1

    def test_a_digest_comes_to_no_payment_without_an_account(self) -> None:
        payment = asked_for(approved_claim(adjuster()))
        key = payment.pk if connection.vendor == "postgresql" else payment.pk.hex
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE claims_claimpayment SET account_digest = %s WHERE id = %s", [DIGEST, key])


def columns() -> set[str]:
    with connection.cursor() as cursor:
        return {each.name for each in connection.introspection.get_table_description(cursor, "claims_claimpayment")}


@pytest.fixture
def migrated_back() -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)


@pytest.mark.usefixtures("migrated_back")
@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.both
class TestTheWayBack:
    def test_it_is_refused_once_an_account_was_given_and_forward_again_the_payment_is_as_it_was(self) -> None:
        before = newest(paid_to())
        with pytest.raises(IrreversibleError, match="Payments to accounts have been asked for"):
            call_command("migrate", "claims", "0013", verbosity=0)
        call_command("migrate", verbosity=0)
        payment = ClaimPayment.objects.get(pk=before.pk)
        assert (payment.account, payment.account_digest, payment.seal) == (TEXT, before.account_digest, payment.digest())
        assert issue_payment(staff("Finance"), payment.pk).paid_amount == Decimal("4000.00")
        assert_whole(payment.claim)

    def test_without_one_it_leads_there_and_back(self) -> None:
        owner = adjuster()
        claim = approved_claim(owner)
        pay_claim(owner, claim.pk)
        call_command("migrate", "claims", "0013", verbosity=0)
        assert not {"account", "account_digest", "account_mark"} & columns()
        call_command("migrate", verbosity=0)
        payment = newest(claim)
        assert (payment.account, payment.seal) == (None, payment.digest())
        assert_whole(claim)


def assert_whole(claim: Claim) -> None:
    """The database refuses a part again, and knows that what is there is whole."""
    part: dict[str, Any] = {"account_mark": MARK}
    with pytest.raises(IntegrityError), transaction.atomic():
        asked_for(claim, **part)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT convalidated FROM pg_constraint WHERE conname = 'payment_account_is_whole'")
            assert cursor.fetchall() == [(True,)]
