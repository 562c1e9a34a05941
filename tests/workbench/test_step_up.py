"""Before money leaves: a fresh code of the second factor, and then what was asked for, with nothing to enter again."""

import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from claims.models import Claim
from claims.services import approve_claim, pay_claim
from policies.billing.services import receive_payment
from tests.api.calling import Caller
from tests.authenticators import Enrolled, at_the_desk, stepped_up
from tests.billing.books import booked
from tests.factories import PASSWORD, PolicyFactory, adjuster, staff, started_claim, supervisor
from tests.workbench.desk import claim_url, desk_of, hidden, send, source, words
from vanguard.accounts.models import FailedLogIns, TokenFamily, User
from vanguard.errors import StepUpRequired

pytestmark = pytest.mark.django_db
GIVEN = {"amount": "100", "cost_type": "indemnity", "payee": "Harold Finch"}


def payable() -> Claim:
    policy = PolicyFactory.create(coverage_amount=Decimal("100000.00"))
    return approve_claim(supervisor(), started_claim(adjuster(), policy, claim_amount=Decimal("8000.00")).pk)


def asked_to_pay(desk: Client, claim: Claim) -> Any:
    """The page that stands in the way."""
    url = claim_url(claim, "pay")
    answer = desk.post(url, hidden(source(desk.get(url)), "command-form") | GIVEN)
    assert answer.status_code == 403
    assert "Confirm that it is you" in words(answer)
    return answer


def test_a_payment_waits_for_a_fresh_code_and_then_goes_on_with_what_was_entered() -> None:
    tom, claim = Enrolled(staff("Finance")), payable()
    desk = desk_of(tom.user)
    answer = asked_to_pay(desk, claim)
    assert not claim.payments.exists()
    kept = hidden(source(answer), "step-up-form")
    assert GIVEN.items() <= kept.items()
    done = desk.post(claim_url(claim, "pay"), kept | {"step_up_code": tom.code()}, follow=True)
    assert "is issued" in source(done)
    assert claim.payments.get().amount == Decimal("100.00")


def test_a_wrong_code_does_nothing_keeps_what_was_entered_and_counts_towards_the_lock() -> None:
    tom, claim = Enrolled(staff("Finance")), payable()
    desk = desk_of(tom.user)
    kept = hidden(source(asked_to_pay(desk, claim)), "step-up-form")
    answers = [desk.post(claim_url(claim, "pay"), kept | {"step_up_code": "abcdef"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [422, 422, 422, 429]
    assert all(GIVEN.items() <= hidden(source(answer), "step-up-form").items() for answer in answers)
    assert desk.post(claim_url(claim, "pay"), kept | {"step_up_code": tom.code()}).status_code == 429
    assert not claim.payments.exists()
    FailedLogIns.objects.all().delete()
    assert desk.post(claim_url(claim, "pay"), kept | {"step_up_code": tom.code()}).status_code == 302


def test_a_code_counts_for_ten_minutes_as_does_that_of_the_log_in(monkeypatch: pytest.MonkeyPatch) -> None:
    tom, claim = Enrolled(staff("Finance")), payable()
    desk = at_the_desk(tom)
    assert "is issued" in source(send(desk, claim_url(claim, "pay"), **GIVEN))
    session = desk.session
    session["factor_at"] = (timezone.now() - datetime.timedelta(minutes=10, seconds=1)).timestamp()
    session.save()
    asked_to_pay(desk, claim)


def test_how_long_it_counts_is_a_setting(settings: Settings) -> None:
    tom, claim = Enrolled(staff("Finance")), payable()
    desk = at_the_desk(tom)
    settings.STEP_UP_MINUTES = 0
    asked_to_pay(desk, claim)


def test_who_has_no_second_factor_is_not_asked() -> None:
    assert "is issued" in source(send(desk_of(staff("Finance")), claim_url(payable(), "pay"), **GIVEN))


def test_what_is_wrong_in_the_form_is_said_before_a_code_is_asked_for() -> None:
    tom, claim = Enrolled(staff("Finance")), payable()
    answer = desk_of(tom.user).post(claim_url(claim, "pay"), GIVEN | {"amount": "x"})
    assert (answer.status_code, "Confirm that it is you" in words(answer)) == (422, False)


@pytest.mark.parametrize("path", ["pay", "approve", "issue", "refund"])
def test_the_api_refuses_until_a_fresh_code_was_given(path: str) -> None:
    caller, address, body = API[path]()
    refused = caller.post(address, body)
    assert (refused.status, refused.errors) == (403, {"": "step_up_required"})
    assert caller.post("/auth/step-up", {"otp": "abcdef"}).status == 401
    given = caller.post("/auth/step-up", {"otp": caller.enrolled.code()})
    assert datetime.datetime.fromisoformat(given.data["until"]) > timezone.now() + datetime.timedelta(minutes=9)
    assert caller.post(address, body).status == 200


def test_a_code_counts_for_the_log_in_that_it_was_given_in_also_after_a_refresh() -> None:
    tom, claim = Enrolled(staff("Finance")), payable()
    pair = Caller().post("/auth/token", {"email": tom.user.email, "password": PASSWORD, "otp": tom.code()}).data
    again = Caller().post("/auth/refresh", {"refreshToken": pair["refreshToken"]}).data
    other = Caller(tom.user)
    assert other.post(f"/claims/{claim.pk}/pay", {"amount": 50}).errors == {"": "step_up_required"}
    assert Caller(token=str(again["accessToken"])).post(f"/claims/{claim.pk}/pay", {"amount": 50}).status == 200
    TokenFamily.objects.update(factor_at=timezone.now() - datetime.timedelta(minutes=11))
    assert Caller(token=str(again["accessToken"])).post(f"/claims/{claim.pk}/pay", {"amount": 50}).errors == {"": "step_up_required"}


def test_codes_of_a_step_up_are_tried_under_the_same_lock() -> None:
    tom = Enrolled(staff("Finance"))
    caller = Caller(tom.user)
    assert [caller.post("/auth/step-up", {"otp": "abcdef"}).status for _ in range(4)] == [401, 401, 401, 429]
    assert caller.post("/auth/step-up", {"otp": tom.code()}).status == 429


def test_a_code_that_logged_in_does_not_step_up() -> None:
    tom = Enrolled(staff("Finance"))
    code = tom.code()
    assert Caller().post("/auth/token", {"email": tom.user.email, "password": PASSWORD, "otp": code}).status == 200
    assert Caller(tom.user).post("/auth/step-up", {"otp": code}).status == 401


def test_the_service_itself_refuses_whatever_door_it_is_called_through() -> None:
    tom, claim = Enrolled(staff("Finance")), payable()
    with pytest.raises(StepUpRequired):
        pay_claim(tom.user, claim.pk)
    with stepped_up():
        pay_claim(tom.user, claim.pk)


class With(Caller):
    """A caller with an authenticator."""

    def __init__(self, user: User) -> None:
        self.enrolled = Enrolled(user)
        super().__init__(user)


def _pay() -> tuple[With, str, Any]:
    return With(staff("Finance")), f"/claims/{payable().pk}/pay", {"amount": 50}


def _waiting(role: str, payee: str) -> tuple[With, Claim]:
    claim = payable()
    pay_claim(claim.assignee, claim.pk, amount=Decimal("50.00"), payee=payee)
    return With(staff(role)), claim


def _approve() -> tuple[With, str, Any]:
    supervisor(first_name="Ada", last_name="Quill")
    caller, claim = _waiting("Supervisor", "Ada Quill")
    return caller, f"/claims/{claim.pk}/payments/{claim.payments.get().pk}/approve", None


def _issue() -> tuple[With, str, Any]:
    caller, claim = _waiting("Finance", "")
    return caller, f"/claims/{claim.pk}/payments/{claim.payments.get().pk}/issue", None


def _refund() -> tuple[With, str, Any]:
    account = booked()
    payment = receive_payment(None, account.policy_id, amount=Decimal("5000.00"), method="card")
    return With(staff("Finance")), f"/payments/{payment.pk}/refund", {"amount": 10, "reason": "Overpaid"}


API = {"pay": _pay, "approve": _approve, "issue": _issue, "refund": _refund}
