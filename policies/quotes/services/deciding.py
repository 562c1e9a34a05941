"""Deciding on a quote: approving, declining, binding."""

from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from policies import services as policies
from policies.quotes.events import QuoteApproved, QuoteBound, QuoteDeclined
from policies.quotes.models import Quote, Status
from policies.quotes.rules import days_until
from policies.quotes.services.moving import closed, move
from policies.terms import OwnCover
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, Invalid
from vanguard.querysets import locked

LONGEST_REASON = 1000


def approve_quote(actor: User | None, quote_id: UUID, *, reason: str = "", version: int | None = None) -> Quote:
    """referred → approved, by an underwriter. Raises Conflict: "not_allowed_now", "expired", "party", "four_eyes" (the rule asks
    for a second person and the actor priced it; or nobody is named)."""
    with unit_of_work(actor):
        quote = _quote_to_decide(actor, "quotes.approve_quote", quote_id, version)
        if quote.current_status != Status.REFERRED:
            raise _not_now(quote, "approved", "referred")
        if actor is None:
            raise Conflict("A person approves it, and nobody is named.", code="four_eyes")
        if quote.needs_second_person and quote.maker_id == actor.pk:
            raise Conflict("You priced this quote yourself; a rule asks for a second person to approve it.", code="four_eyes")
        return move(quote, actor, "approve", status=Status.APPROVED, event=QuoteApproved, reason=_reason(reason, required=False))


def decline_quote(actor: User | None, quote_id: UUID, *, reason: str, version: int | None = None) -> Quote:
    """Any open quote → declined, with a reason that the applicant can be told. Raises Conflict, Invalid without a reason."""
    why = _reason(reason, required=True)
    with unit_of_work(actor):
        quote = _quote_to_decide(actor, "quotes.decline_quote", quote_id, version)
        if quote.status in (Status.BOUND, Status.DECLINED):
            raise closed(quote)
        return move(quote, actor, "decline", status=Status.DECLINED, event=QuoteDeclined, reason=why)


def bind_quote(actor: User | None, quote_id: UUID, *, version: int | None = None, time_zone: str = "") -> Quote:
    """quoted or approved → bound: the policy is booked in the same transaction, on the version, at the price and with the limit and the
    deductible of each coverage of the quote, in the time zone that is given, or else the platform's.

    The price is honoured while it is valid, also where the product was withdrawn meanwhile. Raises Conflict: "already_bound",
    "declined", "not_allowed_now", "expired" and "start_passed" (both: price it again), "party".
    """
    with unit_of_work(actor):
        quote = _quote_to_decide(actor, "quotes.bind_quote", quote_id, version)
        if quote.status in (Status.BOUND, Status.DECLINED):
            raise closed(quote)
        if quote.current_status not in (Status.QUOTED, Status.APPROVED):
            raise _not_now(quote, "bound", "quoted or approved")
        _refuse_passed_start(quote)
        chosen, principal = quote.chosen, quote.product_version.principal.code
        cover = chosen[principal]
        policy = policies.book_policy(
            actor,
            customer_id=quote.customer_id,
            policy_type=quote.product.policy_type,
            premium_amount=quote.premium_amount or Decimal(0),
            coverage_amount=cover.limit,
            deductible_amount=cover.deductible,
            start_date=quote.start_date,
            end_date=quote.end_date,
            product_version=quote.product_version,
            time_zone=time_zone,
            covers={code: OwnCover(each.limit, each.deductible) for code, each in chosen.items() if code != principal},
        )
        return move(quote, actor, "bind", status=Status.BOUND, event=QuoteBound, policy=policy)


def _quote_to_decide(actor: User | None, permission: str, quote_id: UUID, version: int | None) -> Quote:
    """The quote, locked. Raises NotAllowed; Conflict ("party"): nobody decides on a quote in which they are the insured."""
    require(actor, permission)
    quote = locked(Quote.objects.all(), quote_id, version)
    if actor is not None and quote.customer.user_id == actor.pk:
        raise Conflict(f"{actor} is the insured of this quote, so another person decides on it.", code="party")
    return quote


def _refuse_passed_start(quote: Quote) -> None:
    """A start that lay ahead when it was priced and is a past day now would backdate cover that no rule has looked at."""
    now = timezone.now()
    if days_until(quote.start_date, now) < 0 <= days_until(quote.start_date, quote.priced_at or now):
        message = f"The cover was to begin on {quote.start_date:%Y-%m-%d}. Price the quote again with a start that has not passed."
        raise Conflict(message, code="start_passed", field="start_date")


def _not_now(quote: Quote, done: str, wanted: str) -> Conflict:
    if quote.current_status == Status.EXPIRED:
        return Conflict(f"The price of {quote} expired on {quote.expires_at:%Y-%m-%d}. Price it again.", code="expired", field="status")
    message = f"{quote} is {quote.status}; only one that is {wanted} can be {done}."
    return Conflict(message, code="not_allowed_now", field="status")


def _reason(reason: str, *, required: bool) -> str:
    text = reason.strip()
    if required and not text:
        raise Invalid("Give a reason.", code="required", field="reason")
    if len(text) > LONGEST_REASON:
        raise Invalid(f"A reason has at most {LONGEST_REASON} characters.", code="max_length", field="reason")
    return text
