"""A renewal that is booked goes along with the term before it: cancelled, brought back, told of newer terms, and never apart."""

import datetime
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from policies.billing.models import BillingAccount
from policies.billing.services import receive_payment, run_delinquency
from policies.models import Policy
from policies.reading import words_of_renewal
from policies.rules import Endorsement
from policies.services import cancel_policy, draft_reinstatement, endorse_policy, reinstate_policy, renew_policy, update_policy
from tests import needs
from tests.api.calling import Caller
from tests.factories import PolicyFactory, submitted_claim, underwriter
from tests.policies.booking import days_into, fresh, running
from tests.workbench.desk import confirm, desk_of, hidden, local, open_form, source, words
from vanguard.errors import Conflict, DomainError, Invalid

pytestmark = [pytest.mark.django_db, pytest.mark.once]
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _letters_go_into_a_folder_of_their_own(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def renewed(**fields: Any) -> tuple[Policy, Policy]:
    policy = running(**fields)
    return policy, renew_policy(None, policy.pk)


def credit_of(policy: Policy) -> Decimal:
    return BillingAccount.objects.get(policy=policy).credit


def test_cancelling_the_term_cancels_what_would_have_followed_from_its_beginning_and_gives_back_what_was_paid_for_it() -> None:
    policy, renewal = renewed(premium="365.00")
    later = renew_policy(None, renewal.pk)
    receive_payment(None, renewal.pk, amount=Decimal("365.00"), method="card")
    cancel_policy(underwriter(), policy.pk, effective_at=days_into(policy, 200))
    for following in (fresh(renewal), fresh(later)):
        assert (following.status, following.cancelled_at) == ("cancelled", following.start_date)
        assert following.cancellation_reason == "prior_term"
        assert following.versions.latest("number").written_premium == 0
    assert credit_of(renewal) == Decimal("365.00")
    assert policy.policy_number in renewal.transitions.latest("at").reason
    assert renewal.policy_number in policy.transitions.latest("at").reason
    back = reinstate_policy(None, policy.pk)
    assert (back.status, fresh(renewal).status, fresh(later).status, credit_of(renewal)) == ("active", "active", "active", Decimal(0))


def test_a_renewal_that_was_cancelled_by_itself_is_not_brought_back_and_the_reason_is_not_anybodys_to_give() -> None:
    policy, renewal = renewed()
    cancel_policy(None, renewal.pk, reason="insured_request", method="flat")
    cancel_policy(None, policy.pk)
    reinstate_policy(None, policy.pk)
    assert (fresh(renewal).status, fresh(renewal).cancellation_reason) == ("cancelled", "insured_request")
    with pytest.raises(Invalid) as refused:
        cancel_policy(None, policy.pk, reason="prior_term")
    assert refused.value.errors[0].field == "reason"


def test_a_renewal_is_not_reinstated_while_the_term_before_it_is_cancelled() -> None:
    policy, renewal = renewed()
    cancel_policy(None, policy.pk)
    with pytest.raises(Conflict) as refused:
        reinstate_policy(None, renewal.pk)
    assert (refused.value.code, refused.value.errors[0].field) == ("prior_cancelled", "status")
    assert policy.policy_number in refused.value.message


def test_a_renewal_whose_time_has_come_meanwhile_stays_cancelled_is_named_and_comes_back_by_itself() -> None:
    policy, renewal = renewed()
    cancel_policy(None, policy.pk)
    with patch("django.utils.timezone.now", return_value=policy.end_date + DAY):
        assert draft_reinstatement(None, fresh(policy)).stays_cancelled == renewal
        assert words_of_renewal(reinstate_policy(None, policy.pk)) == f"Its renewal {renewal} stays cancelled."
        assert fresh(renewal).status == "cancelled"
        assert reinstate_policy(None, renewal.pk).status == "active"


def test_a_lapse_ends_what_would_have_followed_too_and_nothing_is_asked_for_it() -> None:
    policy, renewal = renewed()
    run_delinquency(timezone.now())
    lapsed = run_delinquency(timezone.now() + 40 * DAY).lapsed
    assert lapsed == [policy.pk]
    assert fresh(renewal).cancellation_reason == "prior_term"
    assert not BillingAccount.objects.get(policy=renewal).invoices.open().exists()


def test_the_api_tells_of_the_renewal_before_and_after() -> None:
    policy, renewal = renewed(premium="365.00")
    caller, number = Caller(underwriter()), renewal.policy_number
    (along,) = caller.post(f"/policies/{policy.pk}/cancel/preview", {"method": "flat"}).data["along"]
    assert (along["policyNumber"], along["kind"], along["premiumChange"]) == (number, "cancellation", -365)
    assert number in caller.post(f"/policies/{policy.pk}/cancel", {}).body["message"]
    (along,) = caller.post(f"/policies/{policy.pk}/reinstate/preview").data["along"]
    assert (along["policyNumber"], along["kind"], along["premiumChange"]) == (number, "reinstatement", 365)
    assert number in caller.post(f"/policies/{policy.pk}/reinstate", {}).body["message"]
    assert caller.post(f"/policies/{policy.pk}/cancel", {"reason": "prior_term"}).status == 422


def test_the_page_tells_of_the_renewal_before_and_after() -> None:
    policy, renewal = renewed(premium="365.00")
    desk, url = desk_of(underwriter()), f"/admin/policies/policy/{policy.pk}/cancel/"
    sent = {"reason": "insured_request", "effective_date": local(days_into(policy, 200)), "method": "", "penalty": ""}
    shown = words(desk.post(url, open_form(desk, url) | sent))
    assert f"{renewal.policy_number} is cancelled along, from its beginning: premium −365.00" in shown
    assert f"Its renewal {renewal.policy_number} is cancelled along" in words(confirm(desk, url, **sent))
    url = url.replace("cancel", "reinstate")
    assert f"{renewal.policy_number} is in force again" in words(confirm(desk, url, effective_date="", reason=""))
    assert fresh(renewal).status == "active"


def test_an_endorsement_tells_what_the_renewal_does_not_have_and_carries_it_when_told_to() -> None:
    policy = running(premium="1000.00")
    renewal = renew_policy(None, policy.pk, terms={"premium_amount": Decimal("1100.00")})  # its own premium
    caller = Caller(underwriter())
    body = {"coverageAmount": 30_000, "premiumAmount": 1050}
    seen = caller.post(f"/policies/{policy.pk}/endorse/preview", body).data
    behind = {each["field"]: (each["renewal"], each["now"], each["own"]) for each in seen["behind"]}
    assert behind == {"coverageAmount": ("25000.00", "30000.00", False), "premiumAmount": ("1100.00", "1050.00", True)}
    assert seen["along"] == []
    carried = caller.post(f"/policies/{policy.pk}/endorse/preview", body | {"carryToRenewal": True}).data["along"]
    assert [(each["policyNumber"], each["kind"]) for each in carried] == [(renewal.policy_number, "endorsement")]
    said = caller.post(f"/policies/{policy.pk}/endorse", body).body["message"]
    assert f"{renewal.policy_number} stands on older terms: limit" in said
    page = words(desk_of(underwriter()).get(f"/admin/policies/policy/{renewal.pk}/change/"))
    assert "stands on older terms" in page
    caller.post(f"/policies/{policy.pk}/endorse", {"coverageAmount": 40_000, "carryToRenewal": True})
    after = fresh(renewal)
    assert (after.coverage_amount, after.premium_amount) == (Decimal(40_000), Decimal(1100))
    assert after.versions.latest("number").effective_at == after.start_date


def test_carrying_needs_a_renewal_with_something_to_carry() -> None:
    policy, other = running(), running()
    renew_policy(None, other.pk, terms={"coverage_amount": Decimal(2000)})
    for each, code in ((policy, "no_renewal"), (other, "nothing_to_carry")):
        with pytest.raises(Conflict) as refused:
            endorse_policy(None, each.pk, Endorsement({"coverage_amount": Decimal("30000.00")}, carry_to_renewal=True))
        assert (refused.value.code, refused.value.errors[0].field) == (code, "carry_to_renewal")
        assert fresh(each).booked_versions == 1


def test_the_page_offers_to_carry_an_endorsement_to_the_renewal() -> None:
    policy, renewal = renewed()
    desk, url = desk_of(underwriter()), f"/admin/policies/policy/{policy.pk}/endorse/"
    form = {"coverage_amount": "30,000.00", "deductible_amount": "1,000.00", "policy_type": "homeowners", "premium_amount": "1,200.00"}
    shown = desk.post(url, open_form(desk, url) | form)
    assert f"{renewal.policy_number} stands on older terms" in words(shown)
    assert f"Carry to the renewal {renewal.policy_number}" in words(shown)
    ticked = form | {"carry_to_renewal": "on"}
    again = desk.post(url, hidden(source(shown), "command-form") | ticked)
    assert fresh(policy).booked_versions == 1
    assert f"{renewal.policy_number} is endorsed along" in words(again)
    desk.post(url, hidden(source(again), "command-form") | ticked)
    assert (fresh(policy).coverage_amount, fresh(renewal).coverage_amount) == (Decimal(30_000), Decimal(30_000))


@pytest.mark.parametrize("of_renewal", [False, True])
def test_where_one_term_ends_and_the_next_begins_moves_for_both(of_renewal: bool) -> None:
    policy, renewal = renewed()
    moved = policy.end_date + 10 * DAY
    corrected, field = (renewal, "start_date") if of_renewal else (policy, "end_date")
    answer = Caller(underwriter()).patch(
        f"/policies/{corrected.pk}", {"startDate" if of_renewal else "endDate": moved.isoformat()}, **{"If-Match": '"1"'}
    )
    assert answer.status == 200, answer
    assert (fresh(policy).end_date, fresh(renewal).start_date) == (moved, moved)
    assert [each.versions.latest("number").kind for each in (policy, renewal)] == ["correction", "correction"]
    other = policy if of_renewal else renewal
    assert f"along with {corrected}" in other.versions.latest("number").reason
    endorse_policy(
        None,
        (policy if of_renewal else renewal).pk,
        Endorsement({"coverage_amount": Decimal(2000)}, effective_at=moved - DAY * (1 if of_renewal else 0)),
    )
    with pytest.raises(Conflict) as refused:
        update_policy(None, corrected.pk, version=None, changes={field: moved + DAY})
    assert (refused.value.code, refused.value.errors[0].field) == ("terms_apart", field)
    assert fresh(policy).end_date == fresh(renewal).start_date == moved


def test_a_seam_that_would_leave_no_term_or_touch_a_cancelled_one_is_refused_at_its_field() -> None:
    policy, renewal = renewed()
    with pytest.raises(Conflict) as refused:
        update_policy(None, policy.pk, version=None, changes={"end_date": renewal.end_date})
    assert refused.value.errors[0].field == "end_date"
    cancel_policy(None, renewal.pk, method="flat")
    with pytest.raises(Conflict) as refused:
        update_policy(None, policy.pk, version=None, changes={"end_date": policy.end_date + DAY})
    assert (refused.value.code, refused.value.errors[0].field) == ("terms_apart", "end_date")


@pytest.mark.parametrize("of_renewal", [False, True])
def test_what_stands_against_moving_the_other_term_is_told_at_the_field_that_was_sent(*, of_renewal: bool) -> None:
    seam = timezone.now() - 30 * DAY
    policy = PolicyFactory.create(start_date=seam - 365 * DAY, end_date=seam)
    renewal = renew_policy(None, policy.pk)
    corrected, other, field, days = (renewal, policy, "startDate", -5) if of_renewal else (policy, renewal, "endDate", 5)
    claim = submitted_claim(other, incident_date=seam + DAY * (-2 if of_renewal else 2), reported_date=seam + 4 * DAY)
    answer = Caller(underwriter()).patch(
        f"/policies/{corrected.pk}", {field: (seam + days * DAY).isoformat()}, **{"If-Match": f'"{fresh(corrected).version}"'}
    )
    assert (answer.status, answer.errors) == (409, {field: "claims_outside"})
    assert all(named in answer.text for named in (f"{other}, which", claim.claim_number))
    assert [fresh(each).booked_versions for each in (policy, renewal)] == [1, 1]


def test_of_a_lapse_that_is_not_booked_yet_the_correction_of_the_term_before_says_so() -> None:
    seam = timezone.now() - 90 * DAY
    policy = PolicyFactory.create(start_date=seam - 365 * DAY, end_date=seam)
    renewal = renew_policy(None, policy.pk)
    Policy.objects.filter(pk=renewal.pk).update(lapses_at=seam + 40 * DAY)
    for corrected, sent, says in (
        (policy, "end_date", f"{renewal}, which starts where this policy ends, has"),
        (renewal, "end_date", "The policy has"),
    ):
        with pytest.raises(Conflict, match=f"{says} lapsed for non-payment, which chase_unpaid has yet to book"):
            update_policy(None, corrected.pk, version=None, changes={sent: seam + DAY})


@needs.postgresql
@pytest.mark.django_db(transaction=True)
def test_both_terms_changed_at_the_same_instant_stay_together_and_nobody_waits_for_ever() -> None:
    policy, renewal = renewed()
    moved, wrong = policy.end_date + DAY, []

    def attempt(work: Callable[[], object]) -> None:
        try:
            work()
        except DomainError:
            pass
        except Exception as error:  # noqa: BLE001  # told below: a deadlock above all
            wrong.append(error)
        finally:
            connection.close()

    steps: list[Callable[[], object]] = [
        lambda: cancel_policy(None, policy.pk),
        lambda: update_policy(None, renewal.pk, version=None, changes={"start_date": moved}),
        lambda: update_policy(None, policy.pk, version=None, changes={"end_date": moved + DAY}),
        lambda: cancel_policy(None, renewal.pk, method="flat"),
    ]
    threads = [threading.Thread(target=attempt, args=(step,)) for step in steps * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert fresh(policy).end_date == fresh(renewal).start_date
    assert (fresh(policy).status, fresh(renewal).status) == ("cancelled", "cancelled")
