"""Requesting a quote, and pricing it."""

import datetime
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.utils import timezone

from customers.models import Customer, CustomerQuerySet
from policies.products.models import Product, ProductVersion
from policies.products.rating import Rating
from policies.products.rules import Cover, check_covers, check_term, read_answers, usual_covers
from policies.products.tariff import premium_of
from policies.quotes.cover import stored
from policies.quotes.events import QuotePriced, QuoteRequested
from policies.quotes.models import Pricing, Quote, Status, UnderwritingRule
from policies.quotes.rules import Finding, days_until, facts_of, fired, names_of, outcome_of
from policies.quotes.services.moving import closed, move, record, tell
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.numbers import next_number
from vanguard.querysets import get_or_refuse, locked
from vanguard.validation import insert


def create_quote(
    actor: User | None,
    *,
    customer_id: UUID,
    product_id: UUID,
    start_date: datetime.datetime,
    end_date: datetime.datetime,
    inputs: Mapping[str, Any] | None = None,
    covers: Mapping[str, Cover] | None = None,
) -> Quote:
    """A draft: for any customer by staff, by a policyholder for themselves. What is not chosen yet stands as usual.

    Raises Invalid with every field to correct; NotFound for a customer outside the actor's reach or an unknown product;
    Conflict ("not_on_sale") for a product that nobody can buy for that start.
    """
    with unit_of_work(actor):
        customer = get_or_refuse(_customers_of(actor), customer_id, field="customer_id")
        product = get_or_refuse(Product.objects.all(), product_id, field="product_id")
        _refuse([*check_term(start_date, end_date)])
        version = _version_for(product, start_date)
        answers, errors = read_answers(version, inputs or {}, complete=False)
        chosen = usual_covers(version) | dict(covers or {})
        _refuse([*errors, *check_covers(version, chosen)])
        now = timezone.now()
        quote = Quote(
            quote_number=next_number("QUO", now.year, lambda number: Quote.objects.filter(quote_number=number).exists()),
            customer=customer,
            product=product,
            product_version=version,
            start_date=start_date,
            end_date=end_date,
            inputs=answers,
            covers=stored(chosen),
            maker=actor,
        )
        insert(quote, unique="quote_number", message="Another quote has this number.")
        record(quote, actor, "request", from_status="")
        tell(QuoteRequested, quote, actor)
        return quote


def price_quote(
    actor: User | None,
    quote_id: UUID,
    *,
    inputs: Mapping[str, Any] | None = None,
    covers: Mapping[str, Cover] | None = None,
    start_date: datetime.datetime | None = None,
    end_date: datetime.datetime | None = None,
    version: int | None = None,
) -> Quote:
    """Rate the quote, with what is given in place of what it has, and ask the underwriting rules: quoted, referred or declined.

    The price holds for as many days as the product version says; every earlier approval is void with it. Raises Invalid with
    every field to correct, Conflict ("already_bound", "declined", "not_on_sale").
    """
    with unit_of_work(actor):
        quote = _quote_for(actor, "quotes.price_quote", quote_id, version)
        if quote.status in (Status.BOUND, Status.DECLINED):
            raise closed(quote)
        begins, ends = start_date or quote.start_date, end_date or quote.end_date
        _refuse(check_term(begins, ends))
        product_version = _version_for(quote.product, begins)
        answers, errors = read_answers(product_version, quote.inputs | dict(inputs or {}), complete=True)
        chosen = quote.chosen | dict(covers or {})
        _refuse([*errors, *check_covers(product_version, chosen)])
        rating = premium_of(product_version, answers, chosen, begins, ends)
        now = timezone.now()
        facts = facts_of(product_version, answers, chosen, rating.premium, days_until(begins, now))
        findings = fired(UnderwritingRule.objects.for_product(quote.product, now), facts, names_of(product_version))
        values = {"product_version": product_version, "start_date": begins, "end_date": ends, "inputs": answers, "covers": stored(chosen)}
        return _priced(quote, actor, values, rating, findings, now)


def _priced(
    quote: Quote, actor: User | None, values: dict[str, Any], rating: Rating, findings: list[Finding], now: datetime.datetime
) -> Quote:
    product_version: ProductVersion = values["product_version"]
    expires_at, outcome = now + datetime.timedelta(days=product_version.quote_days), outcome_of(findings)
    Pricing.objects.create(
        quote=quote,
        at=now,
        actor=actor,
        **values,
        base_rate=rating.base_rate,
        steps=[{"name": step.name, "found": step.found, "factor": step.factor, "amount": str(step.shown)} for step in rating.steps],
        premium_amount=rating.premium,
        findings=[asdict(finding) for finding in findings],
        outcome=outcome,
        expires_at=expires_at,
    )
    return move(
        quote,
        actor,
        "price",
        status=outcome,
        event=QuotePriced,
        reason=" ".join(finding.reason for finding in findings),
        **values,
        premium_amount=rating.premium,
        priced_at=now,
        expires_at=expires_at,
        maker=actor,
        needs_second_person=any(finding.second_person for finding in findings),
    )


def _customers_of(actor: User | None) -> CustomerQuerySet:
    """For whom the actor may request a quote: anybody, or a policyholder themselves. Raises NotAllowed for other staff."""
    if actor is None or actor.is_staff:
        require(actor, "quotes.add_quote")
        return Customer.objects.current()
    return Customer.objects.filter(user=actor)


def _quote_for(actor: User | None, permission: str, quote_id: UUID, version: int | None) -> Quote:
    """The quote, locked: any for staff with the permission, the own one for a policyholder."""
    if actor is None or actor.is_staff:
        require(actor, permission)
        return locked(Quote.objects.all(), quote_id, version)
    return locked(Quote.objects.filter(customer__in=Customer.objects.filter(user=actor)), quote_id, version)


def _version_for(product: Product, start: datetime.datetime) -> ProductVersion:
    """The version that is valid when the cover begins."""
    version = product.versions.valid_at(start).whole().first() if product.is_active else None
    if version is None:
        raise Conflict(f"{product} is not sold for a term that begins then.", code="not_on_sale", field="product_id")
    return version


def _refuse(errors: list[FieldError]) -> None:
    if errors:
        raise Invalid.of(errors)
