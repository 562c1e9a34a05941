"""What a correction comes to, at the rates of what was sold by the right terms, and all that can be said against it. Nothing is written."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils import timezone

from policies.events import TermRating
from policies.models import Policy
from policies.products.models import ProductVersion
from policies.products.pinning import version_for
from policies.reading import Draft, work_out
from policies.rules import check_premiums, spaced
from policies.services.as_sold import OWN, check_deductible, check_figures_sold, check_term_sold, check_type_sold, refuse
from policies.services.booking import ask_right
from policies.services.known_loss import refuse_known_loss, refuse_known_loss_by_product
from policies.services.rated import rating_of
from policies.terms import Kind, Term
from vanguard.errors import Conflict, Invalid
from vanguard.money import to_cents

DATES = ("start_date", "end_date")


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that nothing stands against: what it comes to, and the product version that the policy will be on."""

    draft: Draft
    pinned: ProductVersion | None

    @property
    def values(self) -> dict[str, Any]:
        return dict(self.draft.new.changes)


def worked_out(
    policy: Policy,
    values: dict[str, Any],
    *,
    as_sold: bool,
    named: str = "start_date",
    statement: str = "",
    approved: bool = False,
    premium_named: bool = False,
    along: bool = False,
) -> Correction:
    """`values` as a correction, with all that can be said against it, at the rates of what was sold by them.

    `along` with another term that it meets: the time that one gets the other gave, so it is no more cover from the past, and nobody is
    asked for a premium that the rates cannot tell.
    """
    pinned, sent = _pinned(policy, values, named), "policy_type" if "policy_type" in values else named
    draft = work_out(policy, Kind.CORRECTION, values.get("start_date", policy.start_date), values)
    rating = rating_of(draft, pinned)
    _refuse_unsold(draft, pinned, values, as_sold=as_sold, rated=rating.rated)
    if rating.rated and not premium_named and (premium := _premium_along(draft, rating, values, along=along)) is not None:
        draft = work_out(policy, Kind.CORRECTION, draft.new.effective_at, values | {"premium_amount": premium})
    if errors := check_premiums(draft.after):
        raise Invalid.of(errors)
    moves = pinned != policy.product_version
    ask_right(policy, draft.after, pinned.pk if pinned else None, moved_by=sent if moves else "")
    if moves:
        _refuse_covers_of_another(policy, pinned, sent)
    if approved:
        return Correction(draft, pinned)
    try:
        if moves:
            refuse_known_loss_by_product(draft, pinned, sent)
        else:
            refuse_known_loss(draft)
        if rating.rated and not along:
            _refuse_backdating(draft)
    except Conflict:
        if not statement.strip():
            raise
        draft = replace(draft, waits=True)
    return Correction(draft, pinned)


def _refuse_unsold(draft: Draft, pinned: ProductVersion | None, values: Mapping[str, Any], *, as_sold: bool, rated: bool) -> None:
    """Raises Invalid for a term, a type or figures that the product does not sell, as far as the policy is held to it."""
    was, will = draft.before.segments[0].terms, draft.after.segments[0].terms
    if (as_sold or rated) and values.keys() & DATES:
        refuse(check_term_sold(pinned, draft.after.term.starts_at, draft.after.term.ends_at))
    # A limit alone is what a program may put right whatever the deductible, which it need not know of.
    if as_sold or rated or "deductible_amount" in values:
        refuse(check_deductible(will.coverage_amount, will.deductible_amount, values))
    if as_sold or rated:
        refuse(check_type_sold(draft.policy.product_version, was.policy_type, will.policy_type))
        refuse(check_figures_sold(pinned, was, values))


def _premium_along(draft: Draft, rating: TermRating, values: Mapping[str, Any], *, along: bool) -> Decimal | None:
    """The premium that goes with the right dates and figures, where none was given: in the proportion in which the rates change, so that
    what was agreed beside them stays agreed. Where they cannot tell what other dates come to, a term that moves `along` keeps its price of
    a day; else raises Conflict ("not_rated")."""
    if not values.keys() & {*DATES, *OWN}:
        return None
    if rating.premium_before and rating.premium_after is not None:
        return to_cents(draft.before.segments[0].terms.base_premium * rating.premium_after / rating.premium_before)
    if along:
        was, will = draft.before.term, draft.after.term
        return to_cents(draft.before.segments[0].terms.base_premium * _seconds(will) / _seconds(was))
    if values.keys() & DATES:
        message = "The rates of the product cannot tell what the right term comes to: give its premium, also where it stays."
        raise Conflict(message, code="not_rated", field="premium_amount")
    return None


def _seconds(term: Term) -> int:
    return int((term.ends_at - term.starts_at).total_seconds())


def _refuse_backdating(draft: Draft) -> None:
    """Raises Conflict ("backdated") where a term that was sold at rates would cover more of the past, as a quote may not either: where it
    would begin earlier, or go on after an end that is over."""
    was, will, now = draft.before.term, draft.after.term, timezone.now()
    if will.starts_at < was.starts_at and will.starts_at < now:
        raise _backdated("Cover would begin in the past.", "start_date")
    if was.ends_at < will.ends_at and was.ends_at < now:
        raise _backdated("Cover would go on from an end in the past.", "end_date")


def _backdated(what: str, field: str) -> Conflict:
    message = f"{what} That takes the insured's statement that no loss is known, and the approval of a second person."
    return Conflict(message, code="backdated", field=field)


def _pinned(policy: Policy, values: Mapping[str, Any], named: str) -> ProductVersion | None:
    """The product version for the right start and type: the one it was issued on, unless another is valid there.

    Raises Conflict ("not_sold") at `named` where none of the product's is.
    """
    pinned = policy.product_version
    if not values.keys() & {"start_date", "policy_type"}:
        return pinned
    kind, start = values.get("policy_type", policy.policy_type), values.get("start_date", policy.start_date)
    stays = pinned is not None and pinned.product.policy_type == kind
    if pinned is not None and stays and pinned.is_valid_at(start):
        return pinned
    found = version_for(kind, start)
    if pinned is not None and stays and found is None:
        raise Conflict(f"No version of {pinned.product} is sold for a policy that starts then.", code="not_sold", field=named)
    return found


def _refuse_covers_of_another(policy: Policy, pinned: ProductVersion | None, field: str) -> None:
    """Figures of single coverages were sold with one version of a product; under another they answer for nothing, or against its rules.

    Raises Conflict ("other_covers") at `field` where `pinned` has no such coverage, or has it as the principal one.
    """
    coverages = {each.code: each for each in pinned.coverages.all()} if pinned else {}
    wrong = next((code for code in policy.own_covers if code not in coverages or coverages[code].is_principal), None)
    if wrong is not None:
        raise Conflict(
            f"The policy has figures of its own for {spaced(wrong)}, which is no such coverage of {pinned or 'no product'}: "
            "cancel it as rewritten, and book the right one.",
            code="other_covers",
            field=field,
        )
