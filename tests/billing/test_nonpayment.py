"""Past due, notice, grace, lapse: computed where it can be, done by the command where it must be, once."""

import datetime
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from claims.models import Claim
from claims.services import approve_claim, start_claim
from policies.billing.models import BillingAccount, GracePeriod, Notice
from policies.billing.services import change_plan, charge_fee, receive_payment, reverse_payment, run_delinquency
from policies.models import Policy
from policies.reading import cover_at
from policies.services import cancel_policy, expire_policies, reinstate_policy
from tests.api.calling import Caller
from tests.billing.books import assert_books_agree, booked, fresh
from tests.clock import SetClock
from tests.factories import adjuster, submitted_claim, underwriter
from tests.workbench.desk import desk_of, words
from vanguard.errors import Conflict

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
UTC = datetime.UTC


def at(month: int, day: int, hour: int = 0, minute: int = 1, year: int = 2026) -> datetime.datetime:
    return datetime.datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.fixture
def unpaid(monkeypatch: pytest.MonkeyPatch) -> BillingAccount:
    """Monthly from 29 December 2025, 00:01; the first instalment is paid, the second is due on 29 January and is not."""
    SetClock(monkeypatch).set("2026-11-26 09:00")  # within the term, whatever day it is
    account = booked("1200.00", "monthly", start_date=at(12, 29, year=2025))
    receive_payment(None, account.policy_id, amount=Decimal("100.00"), method="card", received_at=at(12, 29, year=2025))
    return account


def policy_of(account: BillingAccount) -> Policy:
    return Policy.objects.get(pk=account.policy_id)


def test_cover_ends_at_the_instant_that_the_notice_named_however_late_the_command_is(unpaid: BillingAccount) -> None:
    noticed = run_delinquency(at(1, 29, 9, 30))
    assert noticed.noticed == [unpaid.policy_id]
    notice = Notice.objects.get()
    assert (notice.given_at, notice.lapses_at) == (at(1, 29, 9, 30), at(3, 1))
    assert notice.amount == Decimal("100.00")
    assert run_delinquency(at(3, 1, 0, 0)).lapsed == []
    assert run_delinquency(at(3, 4, 5, 0)).lapsed == [unpaid.policy_id]
    policy = policy_of(unpaid)
    assert (policy.status, policy.cancellation_reason, policy.cancelled_at) == ("cancelled", "non_payment", at(3, 1))
    assert policy.is_in_force_at(at(3, 1) - datetime.timedelta(microseconds=1))
    assert not policy.is_in_force_at(at(3, 1))
    assert_books_agree(unpaid)


def test_the_grace_is_never_shorter_than_it_is_and_ends_when_the_policys_days_begin(unpaid: BillingAccount) -> None:
    run_delinquency(at(1, 30, 0, 1))
    run_late = Notice.objects.get()
    assert run_late.lapses_at == at(3, 1)
    other = booked("1200.00", "monthly", start_date=at(12, 29, year=2025))
    run_delinquency(at(1, 30, 0, 2))
    assert Notice.objects.get(account=other).lapses_at == at(3, 2)


def test_past_due_is_computed_and_waits_for_no_command(unpaid: BillingAccount) -> None:
    assert unpaid.invoices.filter(amount__gt=0)[1].state == "past_due"
    assert fresh(unpaid).standing == "past_due"
    assert not Notice.objects.exists()


def test_run_twice_does_everything_once(unpaid: BillingAccount) -> None:
    first, second = run_delinquency(at(1, 29)), run_delinquency(at(1, 29))
    assert (len(first.noticed), len(second.noticed)) == (1, 0)
    assert (len(run_delinquency(at(3, 1)).lapsed), len(run_delinquency(at(3, 1)).lapsed)) == (1, 0)
    assert policy_of(unpaid).transitions.filter(command="cancel").count() == 1
    assert Notice.objects.count() == 1


def test_a_payment_within_the_grace_ends_the_notice_and_a_part_of_it_does_not(unpaid: BillingAccount) -> None:
    run_delinquency(at(1, 29))
    receive_payment(None, unpaid.policy_id, amount=Decimal("99.99"), method="card", received_at=at(2, 10))
    assert Notice.objects.get().paid_at is None
    receive_payment(None, unpaid.policy_id, amount=Decimal("0.01"), method="card", received_at=at(2, 27, 23, 59))
    assert Notice.objects.get().paid_at is not None
    assert policy_of(unpaid).lapses_at is None
    assert run_delinquency(at(3, 1)).lapsed == []
    assert policy_of(unpaid).status == "active"


def test_the_days_are_data_by_type_of_policy(unpaid: BillingAccount) -> None:
    GracePeriod.objects.create(grace_days=20, notice_after_days=10)
    assert run_delinquency(at(2, 5)).noticed == []
    GracePeriod.objects.create(policy_type="Homeowners", grace_days=45, notice_after_days=5)
    run_delinquency(at(2, 5))
    assert Notice.objects.get().lapses_at == at(3, 22)


def test_cover_ends_with_the_grace_whether_or_not_the_command_has_run(unpaid: BillingAccount) -> None:
    run_delinquency(at(1, 29))
    policy, lapse = policy_of(unpaid), at(2, 28)
    before, loss = lapse - datetime.timedelta(seconds=1), at(3, 2, 12)
    assert (policy.status, policy.current_status, policy.lapses_at) == ("active", "cancelled", lapse)
    assert [cover_at(policy, moment).in_force for moment in (before, lapse, loss)] == [True, False, False]
    assert [policy.is_in_force_at(moment) for moment in (before, lapse)] == [True, False]
    assert [policy in Policy.objects.in_force_at(moment) for moment in (before, lapse)] == [True, False]
    lists = {status: policy in Policy.objects.with_status(status, timezone.now()) for status in ("active", "expired", "cancelled")}
    assert lists == {"active": False, "expired": False, "cancelled": True}
    with pytest.raises(Conflict) as refused:
        submitted_claim(policy, incident_date=loss, reported_date=loss)
    assert (refused.value.code, "it lapsed at 2026-02-28 00:01 UTC" in refused.value.message) == ("not_in_force", True)
    assert submitted_claim(policy, incident_date=before, reported_date=at(3, 20)).status == "pending"


def test_the_api_and_the_desk_say_that_it_has_lapsed_and_offer_no_cover(unpaid: BillingAccount) -> None:
    run_delinquency(at(1, 29))
    policy, caller = policy_of(unpaid), Caller(underwriter())
    path = f"/policies/{policy.pk}"
    shown = caller.get(path).data
    assert (shown["status"], shown["lapsesAt"]) == ("cancelled", "2026-02-28T00:01:00Z")
    then = caller.get(f"{path}?effective_at=2026-03-02").data
    assert (then["asOf"]["inForce"], then["status"]) == (False, "cancelled")
    assert [row["id"] for row in caller.get("/policies?status=cancelled").data["data"]] == [str(policy.pk)]
    body = {"policyId": str(policy.pk), "claimType": "fire", "claimAmount": 5000, "incidentDate": at(3, 2, 12).isoformat()}
    assert Caller(adjuster()).post("/claims", body).errors == {"incidentDate": "not_in_force"}
    for command, errors in {
        "endorse": {"effectiveDate": "not_in_force"},
        "cancel": {"effectiveDate": "not_in_force"},
        "renew": {"status": "not_allowed_now"},
        "reinstate": {"status": "lapse_not_booked"},
    }.items():
        asked = {"coverageAmount": 1} if command == "endorse" else {}
        assert caller.post(f"{path}/{command}", asked).errors == errors
    page = words(desk_of(underwriter()).get(f"/admin/policies/policy/{policy.pk}/change/"))
    assert "Cancelled not in force today" in page


@pytest.mark.parametrize("expired", [True, False])
def test_a_command_that_runs_after_the_term_books_the_lapse_all_the_same(*, expired: bool) -> None:
    start = at(6, 1, year=2024)  # ended long ago
    account = booked("1200.00", "monthly", start_date=start)
    receive_payment(None, account.policy_id, amount=Decimal("100.00"), method="card", received_at=start)
    run_delinquency(at(7, 1, year=2024))
    if expired:  # as an earlier release wrote it
        Policy.objects.filter(pk=account.policy_id).update(status="expired")
    assert expire_policies() == 0
    assert run_delinquency(timezone.now()).lapsed == [account.policy_id]
    policy, lapse = policy_of(account), at(7, 31, year=2024)
    assert (policy.status, policy.cancelled_at, policy.lapses_at) == ("cancelled", lapse, None)
    assert policy.versions.latest("number").effective_at == lapse
    assert policy.transitions.get(command="cancel").from_status == ("expired" if expired else "active")
    assert_books_agree(account)


def test_a_payment_counts_from_when_it_was_received(unpaid: BillingAccount) -> None:
    run_delinquency(at(1, 29))
    late = receive_payment(None, unpaid.policy_id, amount=Decimal("60.00"), method="card", received_at=at(2, 28))
    receive_payment(None, unpaid.policy_id, amount=Decimal("60.00"), method="card", received_at=at(2, 10))
    assert Notice.objects.get().invoice.open_amount == 0
    assert policy_of(unpaid).current_status == "cancelled"
    reverse_payment(None, late.pk, reason="Returned")
    assert policy_of(unpaid).current_status == "cancelled"
    receive_payment(None, unpaid.policy_id, amount=Decimal("40.00"), method="card", received_at=at(2, 27))
    assert (policy_of(unpaid).current_status, policy_of(unpaid).lapses_at) == ("active", None)
    assert cover_at(policy_of(unpaid), at(3, 2)).in_force
    assert run_delinquency(at(3, 5)).lapsed == []


def test_a_payment_after_the_grace_brings_no_cover_back(unpaid: BillingAccount) -> None:
    run_delinquency(at(1, 29))
    receive_payment(None, unpaid.policy_id, amount=Decimal("100.00"), method="card", received_at=at(2, 28))
    assert not cover_at(policy_of(unpaid), at(3, 2)).in_force
    assert run_delinquency(at(3, 5)).lapsed == [unpaid.policy_id]
    reinstate_policy(None, unpaid.policy_id, effective_at=at(3, 10))
    assert (policy_of(unpaid).status, cover_at(policy_of(unpaid), at(3, 11)).in_force) == ("active", True)
    assert_books_agree(unpaid)


def test_a_policy_that_is_cancelled_meanwhile_is_not_cancelled_again(unpaid: BillingAccount) -> None:
    run_delinquency(at(1, 29))
    cancel_policy(None, unpaid.policy_id, effective_at=at(2, 10))
    done = run_delinquency(at(3, 1))
    assert (done.lapsed, done.held) == ([], {})
    assert policy_of(unpaid).cancelled_at == at(2, 10)
    assert run_delinquency(at(3, 2)).noticed == []


def test_a_claim_paid_for_after_the_lapse_holds_it_for_a_person_and_not_the_others(unpaid: BillingAccount) -> None:
    other = booked("1200.00", "monthly", start_date=at(12, 29, year=2025))
    claim: Claim = submitted_claim(policy_of(unpaid), incident_date=at(3, 2, 12), reported_date=at(3, 2, 13))
    start_claim(None, claim.pk)
    approve_claim(None, claim.pk)
    run_delinquency(at(1, 29))
    done = run_delinquency(at(3, 5))
    assert (done.lapsed, done.held) == ([other.policy_id], {unpaid.policy_id: "claims_outside"})
    assert policy_of(unpaid).status == "active"  # as it is written; what is computed says cancelled
    assert Notice.objects.get(account=unpaid).lapsed_at is None


def test_while_a_notice_stands_the_plan_does_not_move_what_is_due() -> None:
    account = booked("1200.00", start_date=at(12, 29, year=2025))
    run_delinquency(at(1, 29))
    with pytest.raises(Conflict) as refused:
        change_plan(None, account.policy_id, plan="monthly", version=None)
    assert refused.value.code == "noticed"


def test_the_command_says_what_it_did() -> None:
    booked("1200.00", start_date=timezone.now() - DAY)
    out = StringIO()
    call_command("chase_unpaid", stdout=out)
    assert "1 notices given, 0 policies lapsed, 0 held." in out.getvalue()


def test_a_fee_alone_that_is_not_paid_ends_no_cover() -> None:
    account = booked("1200.00", start_date=at(12, 29, year=2025))
    receive_payment(None, account.policy_id, amount=Decimal("1200.00"), method="card")
    charge_fee(None, account.policy_id, amount=Decimal("25.00"), reason="A copy of the contract")
    assert fresh(account).balance == Decimal("25.00")
    assert run_delinquency(at(6, 1, year=2027)).noticed == []
    assert not Notice.objects.exists()
