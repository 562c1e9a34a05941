"""A renewal whose prior term lapses before its end covers nothing from the first, whether or not a job has run. (docs/decisions/0119)"""

import datetime
from collections.abc import Callable
from decimal import Decimal
from importlib import import_module

import pytest
from django.apps import apps
from django.utils import timezone

from claims.rules import check_cover
from claims.services import approve_claim, start_claim
from policies.billing.models import BillingAccount, Notice
from policies.billing.services import reverse_payment, run_delinquency
from policies.models import Policy
from policies.papers.facts import Kind, facts_of, kinds_of
from policies.reading import as_of, cover_at
from policies.reading.lists import SOON, in_view
from policies.reading.standing import cancelled_for, status_then
from policies.rules import Endorsement
from policies.services import cancel_policy, endorse_policy, expire_policies, reinstate_policy, renew_policy, update_policy
from tests.api.calling import Caller
from tests.billing.books import assert_books_agree
from tests.billing.unpaid import DAY, LAPSE, at, chase, noticed, pay, policy_of
from tests.clock import SetClock
from tests.factories import submitted_claim, underwriter
from tests.workbench.desk import desk_of, words
from vanguard.books import Looking, invariants
from vanguard.errors import Conflict

pytestmark = pytest.mark.django_db
LOSS = at(3, 2)
OFFERS = ("Endorse…", "Renew…", "Reinstate…", "Edit terms", "Cancel policy…")


@pytest.fixture
def prior(clock: SetClock) -> BillingAccount:
    """A term that ends on 1 March, and lapses on 2 February unless it is paid."""
    return noticed(clock, end_date=at(3, 1))


@pytest.fixture
def renewal(prior: BillingAccount) -> Policy:
    return renew_policy(None, prior.policy_id)


def fresh(policy: Policy) -> Policy:
    return Policy.objects.get(pk=policy.pk)


def assert_not_covered(renewal: Policy) -> None:
    policy = fresh(renewal)
    assert (policy.current_status, cover_at(policy, LOSS).in_force, policy.is_in_force_at(LOSS)) == ("cancelled", False, False)
    assert policy not in Policy.objects.in_force_at(LOSS)
    assert refusal(policy) == "not_in_force"
    assert_told_alike(policy, "cancelled")


def assert_covered(renewal: Policy) -> None:
    policy = fresh(renewal)
    assert (policy.current_status, cover_at(policy, LOSS).in_force, policy.is_in_force_at(LOSS)) == ("active", True, True)
    assert policy in Policy.objects.in_force_at(LOSS)
    assert refusal(policy) == ""
    assert_told_alike(policy, "active")


def refusal(policy: Policy) -> str:
    found = check_cover(policy, LOSS)
    return found.code if found else ""


def assert_told_alike(policy: Policy, status: str) -> None:
    """By every list and view, by the API, and by the time machine."""
    now = timezone.now()
    assert [each for each in ("active", "expired", "cancelled") if policy in Policy.objects.with_status(each, now)] == [status]
    assert (policy in Policy.objects.filter(in_view("force", now))) is (status == "active" and policy.start_date <= now)
    assert (policy in Policy.objects.filter(in_view("cancelled", now))) is (status == "cancelled")
    starts = now < policy.start_date <= now + SOON
    assert (policy in Policy.objects.filter(in_view("starting", now))) is (status == "active" and starts)
    assert status_then(as_of(policy, max(now, policy.start_date), now)) == status
    assert Caller(underwriter()).get(f"/policies/{policy.pk}").data["status"] == status
    assert [each.find(Looking()).number for each in invariants() if each.name == "billing_lapses"] == [0]


@pytest.mark.parametrize("now", ["2026-02-10 12:00", "2026-03-05 12:00"], ids=["before it begins", "after it began"])
def test_no_job_has_to_run(clock: SetClock, renewal: Policy, now: str) -> None:
    assert_covered(renewal)
    clock.set(now)
    assert_not_covered(renewal)
    held = as_of(fresh(renewal), LOSS, timezone.now())
    assert (held.in_force, cancelled_for(held)) == (False, "prior_term")
    chase()
    assert_not_covered(renewal)
    assert fresh(renewal).lapses_at is None
    assert cancelled_for(as_of(fresh(renewal), LOSS, timezone.now())) == "prior_term"


@pytest.mark.parametrize("runs", [True, False], ids=["after the run", "before the run"])
def test_what_came_in_time_for_the_term_before_covers_the_renewal_too(
    clock: SetClock, prior: BillingAccount, renewal: Policy, *, runs: bool
) -> None:
    clock.set("2026-02-10 12:00")
    if runs:
        chase()
    pay(prior, LAPSE - DAY)
    assert_covered(renewal)
    assert_books_agree(BillingAccount.objects.get(policy=renewal))


def test_a_payment_within_the_grace_takes_it_from_the_renewal_and_a_bounce_puts_it_back(
    clock: SetClock, prior: BillingAccount, renewal: Policy
) -> None:
    payment = pay(prior, timezone.now())
    assert fresh(renewal).lapses_at is None
    clock.set("2026-02-10 12:00")
    assert_covered(renewal)
    reverse_payment(None, payment.pk, reason="Returned")
    assert fresh(renewal).lapses_at == LAPSE
    assert_not_covered(renewal)


def test_a_reinstated_term_brings_its_renewal_back(clock: SetClock, prior: BillingAccount, renewal: Policy) -> None:
    clock.set("2026-02-10 12:00")
    chase()
    reinstate_policy(None, prior.policy_id, effective_at=at(2, 11))
    assert_covered(renewal)


def test_a_renewal_that_is_reinstated_by_itself_after_the_lapse_was_booked_covers(clock: SetClock, renewal: Policy) -> None:
    clock.set("2026-03-05 12:00")
    chase()
    Policy.objects.filter(pk=renewal.pk).update(cancellation_reason="underwriting")
    reinstate_policy(None, renewal.pk)
    assert_covered(renewal)


def test_the_renewal_of_the_renewal_ends_too(clock: SetClock, prior: BillingAccount, renewal: Policy) -> None:
    second = renew_policy(None, renewal.pk)
    assert fresh(second).lapses_at == LAPSE
    clock.set("2026-02-10 12:00")
    assert (fresh(second).current_status, cover_at(fresh(second), second.start_date).in_force) == ("cancelled", False)
    pay(prior, LAPSE - DAY)
    assert (fresh(second).current_status, fresh(second).lapses_at) == ("active", None)


def test_a_term_that_ends_before_the_grace_does_takes_no_renewal_along(clock: SetClock) -> None:
    account = noticed(clock, end_date=at(1, 25))
    renewal = renew_policy(None, account.policy_id)
    assert renewal.lapses_at is None
    clock.set("2026-02-10 12:00")
    assert cover_at(fresh(renewal), at(2, 9)).in_force


def test_a_correction_of_the_seam_decides_anew_whether_the_lapse_is_before_it(
    clock: SetClock, prior: BillingAccount, renewal: Policy
) -> None:
    update_policy(None, renewal.pk, version=None, changes={"start_date": at(2, 1)})
    assert (policy_of(prior).end_date, policy_of(prior).lapses_at, fresh(renewal).lapses_at) == (at(2, 1), LAPSE, None)
    update_policy(None, prior.policy_id, version=None, changes={"end_date": at(3, 1)})
    assert (fresh(renewal).start_date, fresh(renewal).lapses_at) == (at(3, 1), LAPSE)


def test_a_notice_on_the_renewal_itself_holds_again_once_the_term_before_is_paid(
    clock: SetClock, prior: BillingAccount, renewal: Policy
) -> None:
    own = BillingAccount.objects.get(policy=renewal)
    named = at(4, 9)
    Notice.objects.create(account=own, invoice=own.invoices.get(), amount="1200.00", given_at=timezone.now(), lapses_at=named)
    run_delinquency(timezone.now())
    assert fresh(renewal).lapses_at == LAPSE
    pay(prior, timezone.now())
    assert fresh(renewal).lapses_at == named


@pytest.mark.parametrize("named", [at(4, 9), at(1, 20)], ids=["later", "earlier"])
def test_a_renewal_that_stands_by_its_own_notice_is_brought_in_line_with_the_term_before(
    prior: BillingAccount, renewal: Policy, named: datetime.datetime
) -> None:
    own = BillingAccount.objects.get(policy=renewal)
    given = named - 10 * DAY
    Notice.objects.create(account=own, invoice=own.invoices.get(), amount="1200.00", given_at=given, lapses_at=named)
    Policy.objects.filter(pk=renewal.pk).update(lapses_at=named)  # as an earlier release left it
    chase()
    assert fresh(renewal).lapses_at == LAPSE
    before = fresh(renewal).version
    chase()
    assert fresh(renewal).version == before


def test_while_the_lapse_is_not_booked_nothing_is_done_to_the_renewal(clock: SetClock, renewal: Policy) -> None:
    clock.set("2026-03-05 12:00")
    steps: dict[str, Callable[[], object]] = {
        "not_in_force": lambda: endorse_policy(None, renewal.pk, Endorsement({"coverage_amount": Decimal(1)}, effective_at=LOSS)),
        "lapse_not_booked": lambda: reinstate_policy(None, renewal.pk),
        "not_allowed_now": lambda: renew_policy(None, renewal.pk),
        "cancelled": lambda: update_policy(None, renewal.pk, version=None, changes={"start_date": at(3, 2)}),
    }
    for code, step in steps.items():
        with pytest.raises(Conflict) as refused:
            step()
        assert refused.value.code == code
    with pytest.raises(Conflict) as refused:
        cancel_policy(None, renewal.pk, effective_at=LOSS)
    assert refused.value.code == "not_in_force"
    clock.set("2027-03-05 12:00")
    assert expire_policies() == 0
    assert fresh(renewal).current_status == "cancelled"


@pytest.mark.parametrize("ends", [None, at(4, 1)], ids=["in force", "cancelled from later on"])
def test_cancelling_the_lapsed_term_from_before_the_lapse_ends_its_renewal_along(
    clock: SetClock, prior: BillingAccount, renewal: Policy, ends: datetime.datetime | None
) -> None:
    if ends:
        cancel_policy(None, renewal.pk, effective_at=ends)
    clock.set("2026-02-10 12:00")
    cancel_policy(None, prior.policy_id, effective_at=at(1, 20))
    ended = fresh(renewal)
    assert (ended.status, ended.cancellation_reason, ended.lapses_at) == ("cancelled", "prior_term", None)
    assert_not_covered(renewal)


def test_a_claim_that_was_approved_on_the_renewal_holds_the_lapse_for_a_person_and_nothing_more_is_paid_there(
    clock: SetClock, prior: BillingAccount, renewal: Policy
) -> None:
    Policy.objects.filter(pk=renewal.pk).update(lapses_at=None)  # as an earlier release left it
    clock.set("2026-03-05 12:00")
    first, second = (submitted_claim(renewal, incident_date=LOSS, reported_date=at(3, 3)) for _ in range(2))
    for claim in (first, second):
        start_claim(None, claim.pk)
    approve_claim(None, first.pk)
    done = run_delinquency(timezone.now())
    assert (done.lapsed, done.held) == ([], {prior.policy_id: "claims_outside"})
    assert_not_covered(renewal)
    with pytest.raises(Conflict) as refused:
        approve_claim(None, second.pk)
    assert refused.value.code == "not_in_force"


def test_a_renewal_that_has_lapsed_along_is_given_no_notice_of_its_own(clock: SetClock, prior: BillingAccount, renewal: Policy) -> None:
    Policy.objects.filter(pk=renewal.pk).update(lapses_at=None)
    clock.set("2026-03-05 12:00")
    claim = submitted_claim(renewal, incident_date=LOSS, reported_date=at(3, 3))
    start_claim(None, claim.pk)
    approve_claim(None, claim.pk)
    run_delinquency(timezone.now())
    clock.set("2026-03-25 12:00")
    assert run_delinquency(timezone.now()).noticed == []


def test_a_return_premium_that_pays_the_notice_is_carried_to_the_renewal_in_one_step(prior: BillingAccount, renewal: Policy) -> None:
    pay(prior, timezone.now(), "1150.00")
    cheaper = Endorsement({"premium_amount": Decimal("600.00")}, carry_to_renewal=True)
    endorse_policy(None, prior.policy_id, cheaper)
    assert (policy_of(prior).lapses_at, fresh(renewal).lapses_at, fresh(renewal).premium_amount) == (None, None, Decimal("600.00"))


def test_renewals_of_before_are_told_by_the_migration_and_it_goes_back(clock: SetClock, prior: BillingAccount, renewal: Policy) -> None:
    migration = import_module("policies.billing.migrations.0004_renewals_lapse_along")
    second = renew_policy(None, renewal.pk)
    Policy.objects.filter(renews__isnull=False).update(lapses_at=None)
    migration.tell(apps, None)
    assert [fresh(each).lapses_at for each in (renewal, second)] == [LAPSE, LAPSE]
    migration.take_back(apps, None)
    assert [policy_of(prior).lapses_at, *(fresh(each).lapses_at for each in (renewal, second))] == [LAPSE, None, None]


def test_the_next_run_tells_a_renewal_of_which_an_earlier_release_knew_nothing(renewal: Policy) -> None:
    Policy.objects.filter(pk=renewal.pk).update(lapses_at=None)
    chase()
    assert fresh(renewal).lapses_at == LAPSE


def test_no_schedule_says_that_is_covered_what_has_lapsed(clock: SetClock, prior: BillingAccount, renewal: Policy) -> None:
    clock.set("2026-02-10 12:00")
    for policy in (policy_of(prior), fresh(renewal)):
        assert Kind.SCHEDULE not in kinds_of(policy)
        with pytest.raises(Conflict) as refused:
            facts_of(policy, Kind.SCHEDULE)
        assert refused.value.code == "lapse_not_booked"
    chase()
    assert all(Kind.SCHEDULE in kinds_of(policy) for policy in (policy_of(prior), fresh(renewal)))


def test_the_page_says_of_both_terms_what_has_become_of_the_cover(clock: SetClock, prior: BillingAccount, renewal: Policy) -> None:
    reader = underwriter()
    desk = desk_of(reader)
    pages = [f"/admin/policies/policy/{pk}/change/" for pk in (prior.policy_id, renewal.pk)]
    before = [words(desk.get(page)) for page in pages]
    assert "cover ends Mon 2 Feb 2026, 00:01 UTC, unless the premium is paid before" in before[0]
    assert "the term before it lapses Mon 2 Feb 2026, 00:01 UTC, unless its premium is paid before; nothing of this one" in before[1]
    clock.set("2026-02-10 12:00")
    desk = desk_of(reader)
    after = [words(desk.get(page)) for page in pages]
    assert "cover ended Mon 2 Feb 2026, 00:01 UTC" in after[0]
    assert "Not covered any more: the premium was not paid" in after[0]
    assert "the term before it lapsed Mon 2 Feb 2026, 00:01 UTC; nothing of this one is covered" in after[1]
    assert "Not covered: the premium of the term before was not paid" in after[1]
    assert [offer for offer in OFFERS if offer in after[1]] == []
