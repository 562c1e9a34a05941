"""Referral, approval, declining and binding, through the service."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from policies.models import Policy
from policies.products import services as products
from policies.quotes import services
from policies.quotes.models import Quote, QuoteTransition
from policies.services import book_policy, cancel_policy, delete_policy
from tests.factories import CustomerFactory, UserFactory, adjuster, superuser, underwriter
from tests.quotes.making import backdated, bound, days_ahead, past_its_price, product, quoted, referred, requested
from vanguard.accounts.models import User
from vanguard.errors import Conflict, DomainError, Invalid, NotAllowed

pytestmark = [pytest.mark.django_db, pytest.mark.once]


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(DomainError) as refused:
        call()
    return refused.value.code


def test_binding_makes_the_policy_of_the_quote_and_keeps_the_link() -> None:
    actor = underwriter()
    quote = services.bind_quote(actor, quoted().pk)
    policy = Policy.objects.get()
    assert (quote.status, quote.policy) == ("bound", policy)
    assert (policy.customer, policy.policy_type, policy.status) == (quote.customer, "homeowners", "active")
    assert (policy.premium_amount, policy.coverage_amount, policy.deductible_amount) == (
        quote.premium_amount, Decimal("300000.00"), Decimal("2500.00"),
    )  # fmt: skip
    assert (policy.start_date, policy.end_date) == (quote.start_date, quote.end_date)
    assert policy.transitions.get().actor == actor
    assert policy.product_version == quote.product_version
    assert [row.command for row in quote.transitions.all()] == ["request", "price", "bind"]


def test_bound_once_is_bound() -> None:
    quote = bound()
    assert code_of(lambda: services.bind_quote(None, quote.pk)) == "already_bound"
    assert code_of(lambda: services.decline_quote(None, quote.pk, reason="Late")) == "already_bound"
    assert Policy.objects.count() == 1


def test_a_referral_waits_for_an_underwriter_and_is_bound_after_the_approval() -> None:
    quote = referred()
    assert code_of(lambda: services.bind_quote(None, quote.pk)) == "not_allowed_now"
    approved = services.approve_quote(underwriter(), quote.pk, reason="Roof inspected on 3 November.")
    assert (approved.status, approved.transitions.latest("at").reason) == ("approved", "Roof inspected on 3 November.")
    assert services.bind_quote(underwriter(), quote.pk).policy is not None


def test_an_approval_is_void_once_the_quote_is_priced_again() -> None:
    quote = services.approve_quote(underwriter(), referred().pk)
    assert services.price_quote(underwriter(), quote.pk).status == "referred"


def test_what_expired_must_be_priced_again_before_it_is_bound_or_approved() -> None:
    quote = past_its_price(quoted())
    assert code_of(lambda: services.bind_quote(None, quote.pk)) == "expired"
    waiting = past_its_price(referred())
    assert code_of(lambda: services.approve_quote(underwriter(), waiting.pk)) == "expired"
    again = services.price_quote(None, quote.pk, start_date=days_ahead(3), end_date=days_ahead(300))
    assert services.bind_quote(None, again.pk).status == "bound"
    assert not Policy.objects.exclude(quote=again).exists()


def test_a_start_that_has_passed_since_the_price_is_not_bound_silently() -> None:
    quote = quoted(starts_in=3)
    Quote.objects.filter(pk=quote.pk).update(start_date=days_ahead(-2), priced_at=timezone.now() - datetime.timedelta(days=5))
    assert code_of(lambda: services.bind_quote(None, quote.pk)) == "start_passed"
    assert not Policy.objects.exists()


def test_a_start_in_the_past_that_a_second_person_approved_is_bound() -> None:
    quote = services.approve_quote(underwriter(), backdated().pk)
    assert services.bind_quote(None, quote.pk).status == "bound"


def test_a_second_person_approves_where_the_rule_says_so_and_the_maker_alone_elsewhere() -> None:
    maker, other = underwriter(), underwriter()
    sensitive = backdated(actor=maker)
    assert code_of(lambda: services.approve_quote(maker, sensitive.pk)) == "four_eyes"
    assert list(Quote.objects.referred_to(maker, timezone.now())) == []
    assert list(Quote.objects.referred_to(other, timezone.now())) == [sensitive]
    assert services.approve_quote(other, sensitive.pk).status == "approved"
    assert services.approve_quote(maker, referred(actor=maker).pk).status == "approved"


def test_nobody_decides_on_a_quote_in_which_they_are_the_insured() -> None:
    priya = underwriter()
    own = CustomerFactory.create(user=priya)
    waiting, ready = referred(own), quoted(own)
    for call in (
        lambda: services.approve_quote(priya, waiting.pk),
        lambda: services.decline_quote(priya, waiting.pk, reason="Mine"),
        lambda: services.bind_quote(priya, ready.pk),
    ):
        assert code_of(call) == "party"
    assert list(Quote.objects.referred_to(priya, timezone.now())) == []


def test_declining_needs_a_reason_and_is_final() -> None:
    quote = quoted()
    with pytest.raises(Invalid) as refused:
        services.decline_quote(underwriter(), quote.pk, reason="  ")
    assert refused.value.errors[0].field == "reason"
    assert services.decline_quote(underwriter(), quote.pk, reason="Moral hazard").status == "declined"
    assert code_of(lambda: services.bind_quote(None, quote.pk)) == "declined"
    assert code_of(lambda: services.decline_quote(None, quote.pk, reason="Again")) == "declined"


def test_only_a_referral_is_approved_and_only_a_price_is_bound() -> None:
    assert code_of(lambda: services.approve_quote(None, quoted().pk)) == "not_allowed_now"
    assert code_of(lambda: services.bind_quote(None, requested().pk)) == "not_allowed_now"


def test_a_price_is_honoured_after_the_product_was_withdrawn() -> None:
    quote = quoted()
    products.set_on_sale(None, product().pk, on_sale=False)
    assert services.bind_quote(None, quote.pk).status == "bound"


@pytest.mark.parametrize("who", [adjuster, UserFactory.create])
def test_only_underwriters_decide(who: Callable[[], User]) -> None:
    actor, quote, waiting = who(), quoted(), referred()
    calls: list[Callable[[], Any]] = [
        lambda: services.bind_quote(actor, quote.pk),
        lambda: services.approve_quote(actor, waiting.pk),
        lambda: services.decline_quote(actor, waiting.pk, reason="No"),
    ]
    for call in calls:
        with pytest.raises(NotAllowed):
            call()


def test_the_limits_of_products_bind_quotes_and_no_policy_that_is_booked_in_one_step() -> None:
    start = datetime.datetime(1999, 1, 1, tzinfo=datetime.UTC)
    policy = book_policy(
        superuser(),
        customer_id=CustomerFactory.create().pk,
        policy_type="homeowners",
        premium_amount=Decimal("1.00"),
        coverage_amount=Decimal("9999999999999.99"),
        start_date=start,
        end_date=start + datetime.timedelta(days=9000),
    )
    assert policy.status == "active"


def test_a_policy_that_was_bound_from_a_quote_is_not_deleted_under_it() -> None:
    quote = bound()
    assert quote.policy is not None
    with pytest.raises(Conflict):
        delete_policy(None, quote.policy.pk, version=1)


def test_a_policy_pins_the_version_of_its_type_that_is_valid_at_its_start_and_keeps_it() -> None:
    def booked(year: int, policy_type: str = "homeowners") -> Policy:
        start = datetime.datetime(year, 6, 1, tzinfo=datetime.UTC)
        return book_policy(
            None,
            customer_id=CustomerFactory.create().pk,
            policy_type=policy_type,
            premium_amount=Decimal("1000.00"),
            coverage_amount=Decimal("1.00"),
            start_date=start,
            end_date=start + datetime.timedelta(days=365),
        )

    old, present, other = booked(2012), booked(2026), booked(2026, "umbrella")
    assert old.product_version is not None
    assert present.product_version is not None
    assert (old.product_version.number, present.product_version.number, other.product_version) == (1, 2, None)
    draft = products.draft_version(None, product().pk)
    draft = products.update_version(None, draft.pk, version=1, changes={"valid_from": days_ahead(1)})
    products.publish_version(None, draft.pk)
    assert Policy.objects.get(pk=present.pk).product_version == present.product_version


def test_a_short_rate_keeps_the_share_of_the_product_version_that_the_policy_was_issued_on() -> None:
    """Of a term that has just begun nearly nothing is earned: a fifth is kept."""
    draft = products.draft_version(None, product().pk)
    draft = products.update_version(None, draft.pk, version=1, changes={"valid_from": days_ahead(2), "short_rate_share": Decimal("0.2000")})
    products.publish_version(None, draft.pk)
    quote = services.bind_quote(None, quoted(starts_in=3).pk)
    assert quote.policy is not None
    cancelled = cancel_policy(None, quote.policy.pk, method="short_rate", effective_at=quote.policy.start_date)
    assert cancelled.versions.order_by("number").last().penalty_share == Decimal("0.2000")  # type: ignore[union-attr]


def test_a_referral_is_approved_by_a_person_in_the_database_too() -> None:
    waiting = referred()
    assert code_of(lambda: services.approve_quote(None, waiting.pk)) == "four_eyes"
    step: dict[str, Any] = {"quote": waiting, "command": "approve", "from_status": "referred", "to_status": "approved"}
    with pytest.raises(IntegrityError), transaction.atomic():
        QuoteTransition.objects.create(**step)
    QuoteTransition.objects.create(**step, actor=underwriter())
