"""The bank account that a payment goes to: what is one, who approves it, and that nobody reads it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from claims.bank import bank_account_of
from claims.models import Claim, ClaimPayment, PaymentStatus
from claims.privacy import share_claims
from claims.services import approve_claim, approve_payment, issue_payment, pay_claim, stop_payment
from customers.events import CustomerExporting
from customers.models import Customer
from tests.claims.test_payments import approved_claim, newest
from tests.factories import PolicyFactory, adjuster, staff, started_claim, supervisor
from tests.oversight.planting import plant
from vanguard.errors import Conflict, Invalid

ROUTING, NUMBER = "121000248", "44171234567"
ACCOUNT: dict[str, Any] = {"routing_number": ROUTING, "account_number": NUMBER}
OTHER: dict[str, Any] = {"routing_number": "021000021", "account_number": "9900112233"}
EYES = "The account was not before the eyes of who approved the claim."


class TestWhatIsOne:
    @pytest.mark.parametrize("routing", ["121000248", "1210-0024-8", " 0210 00021 ", "011401533", "322271627", "000000518"])
    def test_nine_digits_that_the_federal_reserve_gives_out(self, routing: str) -> None:
        account = bank_account_of(routing, "1234-5678 90")
        assert account is not None
        assert (len(account.routing_number), account.account_number) == (9, "1234567890")

    @pytest.mark.parametrize(
        "routing",
        ["000000000", "121000247", "12100024", "1210002480", "12100024a", "130000006", "500000005", "990000008", "１２１０００２４８"],
    )
    def test_what_is_no_routing_number_is_said_at_its_field_and_not_repeated(self, routing: str) -> None:
        with pytest.raises(Invalid) as refused:
            bank_account_of(routing, NUMBER)
        assert [(error.field, error.code) for error in refused.value.errors] == [("routing_number", "invalid")]
        assert routing not in refused.value.message

    @pytest.mark.parametrize(("number", "fits"), [("123", False), ("1234", True), ("1" * 17, True), ("1" * 18, False), ("12A456", False)])
    def test_an_account_has_4_to_17_digits(self, number: str, fits: bool) -> None:
        if fits:
            assert bank_account_of(ROUTING, number)
            return
        with pytest.raises(Invalid) as refused:
            bank_account_of(ROUTING, number)
        assert [(error.field, error.code) for error in refused.value.errors] == [("account_number", "invalid")]

    def test_both_numbers_or_neither_and_each_wrong_one_is_named(self) -> None:
        assert bank_account_of("", " ") is None
        for given, field in ((("", NUMBER), "routing_number"), ((ROUTING, ""), "account_number")):
            with pytest.raises(Invalid) as refused:
                bank_account_of(*given)
            assert [(error.field, error.code) for error in refused.value.errors] == [(field, "required")]
        with pytest.raises(Invalid) as refused:
            bank_account_of("1", "2")
        assert [error.field for error in refused.value.errors] == ["routing_number", "account_number"]

    def test_the_last_four_digits_are_shown_and_of_a_short_one_none(self) -> None:
        shown = [found.masked for number in (NUMBER, "1234567", "123456") if (found := bank_account_of(ROUTING, number))]
        assert shown == ["•••• 4567", "•••• 4567", "••••"]
        assert NUMBER not in repr(bank_account_of(ROUTING, NUMBER))


def paid_to(customer: Customer | None = None, **account: str) -> Claim:
    """A claim with a payment to the account, approved on the maker's own authority."""
    owner = adjuster()
    policy = PolicyFactory.create(coverage_amount=Decimal("100000.00"), **({"customer": customer} if customer else {}))
    claim = approve_claim(owner, started_claim(owner, policy, claim_amount=Decimal("5000.00")).pk)
    return pay_claim(owner, claim.pk, **(account or ACCOUNT))


@pytest.mark.django_db
class TestApproving:
    def test_the_seal_is_of_the_account_too(self) -> None:
        payment = newest(paid_to())
        assert (payment.status, payment.seal) == (PaymentStatus.APPROVED, payment.digest())
        again = ClaimPayment.objects.get(pk=payment.pk)
        assert again.digest() == payment.seal
        for mark in (None, "0" * 64):
            again.account_mark = mark
            assert again.digest() != payment.seal
        assert issue_payment(staff("Finance"), payment.pk).paid_amount == Decimal("4000.00")

    def test_a_payment_without_one_is_sealed_as_it_always_was(self) -> None:
        owner = adjuster()
        claim = approved_claim(owner)
        pay_claim(owner, claim.pk)
        payment = newest(claim)
        assert (payment.account, payment.account_digest, payment.account_mark, payment.masked_account) == (None, None, None, "")
        assert payment.seal == payment.digest()

    def test_an_account_that_finance_types_is_approved_by_somebody_else_first(self) -> None:
        owner, finance = adjuster(), staff("Finance")
        claim = approved_claim(owner)
        pay_claim(finance, claim.pk, **ACCOUNT)
        payment = newest(claim)
        assert (payment.status, payment.waits_for, payment.seal) == ("requested", EYES, "")
        approve_payment(owner, payment.pk)
        assert issue_payment(finance, payment.pk).paid_amount == Decimal("4000.00")

    def test_another_account_is_another_payment_and_another_approval(self) -> None:
        claim = paid_to()
        payment = newest(claim)
        token = ClaimPayment.objects.values_list("account", flat=True).get(pk=payment.pk)
        for edit in ({"account": None}, {"account_mark": "0" * 64}, {"account_mark": None}):
            with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
                ClaimPayment.objects.filter(pk=payment.pk).update(**edit)
        ClaimPayment.objects.filter(pk=payment.pk).update(account=token, status="stopped")
        boss = supervisor()
        pay_claim(boss, claim.pk, **OTHER)
        assert (newest(claim).seal, newest(claim).approved_by) == (newest(claim).digest(), boss)
        assert newest(claim).seal != payment.seal

    def test_one_that_somebody_changed_past_all_rules_is_not_issued(self) -> None:
        claim = paid_to()
        plant("claims_claimpayment", f"account_mark = '{'0' * 64}'", claim_id=str(claim.pk))
        with pytest.raises(Conflict) as refused:
            issue_payment(staff("Finance"), newest(claim).pk)
        assert refused.value.code == "seal_broken"

    def test_what_comes_back_names_no_account_anew(self) -> None:
        claim = paid_to()
        finance = staff("Finance")
        issue_payment(finance, newest(claim).pk)
        stop_payment(finance, newest(claim).pk, reason="Lost")
        assert claim.payments.get(status="reversal").account_mark is None


def everything() -> bytes:
    """All tables as they lie there."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            cells = (value for row in cursor.fetchall() for value in row)
            found += [bytes(each) if isinstance(each, memoryview | bytes) else str(each).encode() for each in cells]
    return b"\n".join(found)


@pytest.mark.django_db
class TestReading:
    def test_no_table_holds_the_number_and_equal_ones_are_found_by_the_digest(self) -> None:
        one, two, three = paid_to(), paid_to(), paid_to(**OTHER)
        held = everything()
        assert [number.encode() in held for number in (ROUTING, NUMBER, *OTHER.values())] == [False] * 4
        first, second, third = (newest(claim) for claim in (one, two, three))
        assert first.account_digest == second.account_digest != third.account_digest
        assert first.account_mark != second.account_mark, "it is of the customer's own key"
        assert first.account == f"{ROUTING} {NUMBER}"

    def test_the_export_has_the_last_digits_whosever_account_it_is(self) -> None:
        claim = paid_to()
        own = newest(claim)
        boss = supervisor()
        stop_payment(staff("Finance"), own.pk, reason="In two")
        pay_claim(boss, claim.pk, amount=Decimal("100.00"), **ACCOUNT)
        pay_claim(boss, claim.pk, amount=Decimal("200.00"), payee="Castellan Roofs", **OTHER)
        pay_claim(boss, claim.pk, amount=Decimal("300.00"))
        for payment in ClaimPayment.objects.filter(status="approved"):
            issue_payment(staff("Finance"), payment.pk)
        asked = CustomerExporting(frozenset({claim.policy.customer_id}))
        share_claims(asked)
        told = {each["amount"]: each["account"] for each in asked.shares["claimPayments"]}
        assert told == {"100.00": own.masked_account, "200.00": "•••• 2233", "300.00": ""}
        assert NUMBER[-4:] in own.masked_account
