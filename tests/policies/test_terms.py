import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import Settings

from policies.billing.services import receive_payment
from policies.models import Policy
from policies.papers.services import make_document
from policies.services import book_policy, cancel_policy, delete_policy, renew_policy, update_policy
from tests.clock import SetClock
from tests.factories import CustomerFactory, PolicyFactory, adjuster, policyholder, submitted_claim, underwriter
from tests.policies.booking import running
from tests.quotes.making import bound
from vanguard.errors import Conflict, Invalid, NotAllowed, NotFound, StaleVersion

pytestmark = [pytest.mark.django_db, pytest.mark.once]
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def terms(**fields: Any) -> dict[str, Any]:
    return {
        "policy_type": "homeowners",
        "premium_amount": Decimal("1200.00"),
        "coverage_amount": Decimal("250000.00"),
        "start_date": START,
        "end_date": START + datetime.timedelta(days=365),
    } | fields


def test_new_business_is_booked_active_with_a_readable_number_and_a_history_row() -> None:
    actor = underwriter()
    policy = book_policy(actor, customer_id=CustomerFactory.create().pk, **terms())
    assert re.fullmatch(rf"POL-{timezone.now().year}-\d{{6}}", policy.policy_number)
    assert (policy.status, policy.version) == ("active", 1)
    row = policy.transitions.get()
    assert (row.command, row.actor, row.to_status) == ("book", actor, "active")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"end_date": START}, "end_date"),
        ({"end_date": START - datetime.timedelta(days=1)}, "end_date"),
        ({"start_date": datetime.datetime(1, 1, 1, tzinfo=datetime.UTC)}, "start_date"),
        ({"premium_amount": Decimal("100000000.00")}, "premium_amount"),
        ({"premium_amount": Decimal("-1")}, "premium_amount"),
        ({"coverage_amount": Decimal("10000000000000.00")}, "coverage_amount"),
        ({"coverage_amount": Decimal("0.001")}, "coverage_amount"),
        ({"policy_type": ""}, "policy_type"),
        ({"policy_number": "N" * 51}, "policy_number"),
        ({"status": "cancelled"}, "status"),
    ],
)
def test_terms_that_are_wrong_in_themselves_name_the_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        book_policy(None, customer_id=CustomerFactory.create().pk, **terms(**fields))
    assert field in [error.field for error in refused.value.errors]
    assert not Policy.objects.exists()


def test_the_largest_amounts_are_kept_to_the_cent() -> None:
    amounts = {"premium_amount": Decimal("99999999.99"), "coverage_amount": Decimal("9999999999999.99")}
    policy = book_policy(None, customer_id=CustomerFactory.create().pk, **terms(**amounts))
    fresh = Policy.objects.get(pk=policy.pk)
    assert (fresh.premium_amount, fresh.coverage_amount) == (Decimal("99999999.99"), Decimal("9999999999999.99"))


def test_an_unknown_customer_is_not_found_and_a_taken_number_is_a_conflict() -> None:
    with pytest.raises(NotFound) as unknown:
        book_policy(None, customer_id=uuid4(), **terms())
    assert unknown.value.errors[0].field == "customer_id"
    taken = PolicyFactory.create()
    with pytest.raises(Conflict) as refused:
        book_policy(None, customer_id=taken.customer_id, **terms(policy_number=taken.policy_number))
    assert (refused.value.code, refused.value.errors[0].field) == ("duplicate", "policy_number")


def test_text_is_stored_trimmed_and_composed() -> None:
    policy = book_policy(None, customer_id=CustomerFactory.create().pk, **terms(policy_type="  cafe\u0301  "))
    assert policy.policy_type == "caf\u00e9"


def test_in_force_is_half_open_and_ends_with_the_cancellation(monkeypatch: pytest.MonkeyPatch) -> None:
    SetClock(monkeypatch).set("2026-11-26 09:00")  # within the term, whatever day it is
    policy = PolicyFactory.create(start_date=START, end_date=START + datetime.timedelta(days=365))
    moment = START + datetime.timedelta(days=100)
    instant = datetime.timedelta(microseconds=1)
    for when, covered in ((START - instant, False), (START, True), (policy.end_date - instant, True), (policy.end_date, False)):
        assert Policy.objects.in_force_at(when).exists() is covered
        assert policy.is_in_force_at(when) is covered
    cancelled = cancel_policy(underwriter(), policy.pk, effective_at=moment, reason="underwriting")
    assert (cancelled.status, cancelled.cancelled_at, cancelled.cancellation_reason) == ("cancelled", moment, "underwriting")
    assert Policy.objects.in_force_at(moment - instant).exists()
    assert not Policy.objects.in_force_at(moment).exists()


def test_a_flat_cancellation_goes_back_to_the_start() -> None:
    policy = cancel_policy(underwriter(), PolicyFactory.create().pk, reason="flat")
    assert policy.cancelled_at == policy.start_date


def test_a_cancelled_policy_is_not_cancelled_again_nor_changed() -> None:
    actor, policy = underwriter(), PolicyFactory.create()
    cancel_policy(actor, policy.pk)
    with pytest.raises(Conflict):
        cancel_policy(actor, policy.pk)
    with pytest.raises(Conflict):
        update_policy(actor, policy.pk, version=2, changes={"policy_type": "other"})
    assert [row.command for row in policy.transitions.all()] == ["cancel"]


def test_a_cancellation_outside_the_period_is_refused() -> None:
    policy = PolicyFactory.create()
    for moment in (policy.start_date - datetime.timedelta(seconds=1), policy.end_date):
        with pytest.raises(Conflict) as refused:
            cancel_policy(underwriter(), policy.pk, effective_at=moment)
        assert refused.value.code == "outside_period"


def test_terms_are_corrected_by_what_was_sent_only() -> None:
    policy = PolicyFactory.create()
    update_policy(underwriter(), policy.pk, version=1, changes={"premium_amount": Decimal("1300.00")})
    fresh = Policy.objects.get(pk=policy.pk)
    assert (fresh.premium_amount, fresh.coverage_amount, fresh.version) == (Decimal("1300.00"), policy.coverage_amount, 2)
    with pytest.raises(StaleVersion):
        update_policy(underwriter(), policy.pk, version=1, changes={"premium_amount": Decimal("1400.00")})


@pytest.mark.parametrize(("field", "value"), [("status", "expired"), ("policy_number", "X"), ("customer_id", uuid4())])
def test_status_number_and_owner_are_not_changed_by_an_edit(field: str, value: object) -> None:
    policy = PolicyFactory.create()
    with pytest.raises(Conflict) as refused:
        update_policy(None, policy.pk, version=1, changes={field: value})
    assert refused.value.code == "use_command"


def test_a_policy_that_is_held_says_by_what(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path
    quote, renewed, paid, written, claim = bound(), running(), running(), running(), submitted_claim()
    claims = sorted([claim.claim_number, *(submitted_claim(claim.policy).claim_number for _ in range(4))])
    renewal = renew_policy(None, renewed.pk)
    receive_payment(None, paid.pk, amount=Decimal("5.00"), method="card")
    make_document(None, written.pk, kind="schedule")
    for policy_id, says in (
        (quote.policy_id or claim.pk, f"it has quote {quote.quote_number}."),
        (renewed.pk, f"it has renewal {renewal.policy_number}."),
        (paid.pk, "it has payments."),
        (written.pk, "it has papers."),
        (claim.policy_id, f"it has claims {', '.join(claims[:3])} and 2 more."),
    ):
        with pytest.raises(Conflict) as refused:
            delete_policy(underwriter(), policy_id, version=None)
        assert (refused.value.code, says) == ("in_use", refused.value.message.partition("; ")[2])


def test_only_a_policy_without_claims_is_deleted() -> None:
    claim = submitted_claim()
    with pytest.raises(Conflict) as refused:
        delete_policy(underwriter(), claim.policy_id, version=1)
    assert refused.value.code == "in_use"
    lone = PolicyFactory.create()
    delete_policy(underwriter(), lone.pk, version=1)
    assert not Policy.objects.filter(pk=lone.pk).exists()


def test_an_adjuster_reads_policies_and_books_none() -> None:
    policy = PolicyFactory.create()
    assert list(Policy.objects.visible_to(adjuster())) == [policy]
    with pytest.raises(NotAllowed):
        book_policy(adjuster(), customer_id=policy.customer_id, **terms())


def test_a_policyholder_sees_the_own_policies_only() -> None:
    own = PolicyFactory.create()
    PolicyFactory.create()
    assert list(Policy.objects.visible_to(policyholder(own.customer))) == [own]


@pytest.mark.parametrize(
    "fields",
    [{"premium_amount": Decimal(-1)}, {"end_date": START}, {"status": "lapsed"}, {"status": "cancelled"}, {"cancelled_at": START}],
)
def test_the_database_itself_refuses_what_no_policy_can_be(fields: dict[str, Any]) -> None:
    policy = PolicyFactory.create(start_date=START, end_date=START + datetime.timedelta(days=365))
    with pytest.raises(IntegrityError), transaction.atomic():
        Policy.objects.filter(pk=policy.pk).update(**fields)


def test_a_policy_past_its_end_has_expired_whether_or_not_anything_wrote_that_down() -> None:
    start = timezone.now() - datetime.timedelta(days=400)
    over, now = PolicyFactory.create(start_date=start, end_date=start + datetime.timedelta(days=365)), timezone.now()
    running = PolicyFactory.create()
    assert (over.status, over.current_status, running.current_status) == ("active", "expired", "active")
    assert list(Policy.objects.with_status("expired", now)) == [over]
    assert list(Policy.objects.with_status("active", now)) == [running]
    with pytest.raises(Conflict, match="expired"):
        cancel_policy(underwriter(), over.pk)
