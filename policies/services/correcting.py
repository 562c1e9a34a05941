"""Putting right what was booked wrong, and taking away what should never have been booked."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import ProtectedError
from django.utils import timezone

from policies.events import TermRating
from policies.models import EndorsementRequest, Policy
from policies.models.values import restored, stored
from policies.products.models import ProductVersion
from policies.products.pinning import version_for
from policies.reading import Draft, versions_of, work_out
from policies.rules import check_policy_terms, check_premiums, spaced
from policies.services.as_sold import OWN, check_deductible, check_figures_sold, check_term_sold, check_type_sold, refuse
from policies.services.booking import TERMS, ask_right, book, record
from policies.services.following import the_renewal
from policies.services.known_loss import ask_second_person, refuse_known_loss, refuse_known_loss_by_product
from policies.services.rated import rating_of
from policies.terms import FROM_INCEPTION, Kind, Term
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.money import to_cents
from vanguard.querysets import holders, locked
from vanguard.validation import check, refuse_fixed_fields

Status = Policy.Status
DATES = ("start_date", "end_date")
# Said, it is kept as it is said, also where that is what it was: what is not said goes along at the rates.
NAMED = ("premium_amount",)
FIXED = ("status", "policy_number", "customer_id")


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction that nothing stands against: what it comes to, and the product version that the policy will be on."""

    draft: Draft
    pinned: ProductVersion | None

    @property
    def values(self) -> dict[str, Any]:
        return dict(self.draft.new.changes)


def update_policy(
    actor: User | None,
    policy_id: UUID,
    *,
    version: int | None,
    changes: Mapping[str, Any],
    as_sold: bool = False,
    reason: str = "",
    no_known_loss: str = "",
) -> Policy:
    """Correct the terms in `changes` from inception, and no others, while nothing but the first version and corrections is booked.

    Where a renewal starts at the policy's end, both move: a correction of the one is one of the other. (docs/decisions/0122)
    With the insured's statement `no_known_loss`, what takes a second person is kept as a request, and the policy stays as it is.
    `as_sold`, which a person at the desk corrects by: what is corrected stays what its product sells. What was sold at the product's
    rates stays so in any case: its term is no longer, and its premium goes along with it. (docs/decisions/0163)
    Raises Invalid; Conflict: "terms_apart" where the other cannot be corrected along; "not_sold" where no version of its product is
    valid at its start; "use_command" for status, number and owner, and for terms that were endorsed since; "claims_outside" when a
    claim's loss would fall out of the period; "claims_above" when more was approved on one than the new limit would pay; without the
    statement "known_loss" when the limit would be raised, or the deductible lowered, or the product's version that goes with it pays
    more, and a loss is known, and "backdated" where a rated term would cover more of the past; "waiting" while another request
    or a correction waits; "not_rated" where the rates cannot tell the premium and none is named; "other_covers" where that version
    lacks a coverage of which the policy has figures of its own.
    """
    with unit_of_work(actor):
        prior = prior_of(policy_id) if "start_date" in changes else None
        policy = locked(Policy.objects.all(), policy_id, version)
        found = _correction(actor, policy, changes, as_sold=as_sold, statement=no_known_loss)
        if found is not None and found.draft.waits:
            asked = stored(found.values | {name: changes[name] for name in NAMED if name in changes})
            return ask_second_person(found.draft, actor, statement=no_known_loss, reason=reason.strip(), terms=asked)
        if found is not None:
            _correct_all(found, actor, prior, reason.strip(), as_sold=as_sold)
        return policy


def draft_correction(
    actor: User | None, policy: Policy, changes: Mapping[str, Any], *, as_sold: bool = False, no_known_loss: str = ""
) -> Draft:
    """What update_policy would do, not written: whether it would wait for a second person, and the terms before and after along. Raises
    as it does; Invalid ("nothing_changed")."""
    found = _correction(actor, policy, changes, as_sold=as_sold, statement=no_known_loss)
    if found is None:
        raise Invalid("Nothing would change.", code="nothing_changed")
    along = []
    if "start_date" in found.values and (prior := Policy.objects.filter(renewal=policy.pk).first()):
        along.append(_along(policy, prior, "end_date", found.values["start_date"], as_sold=as_sold).draft)
    if "end_date" in found.values and (renewal := the_renewal(policy, hold=False)):
        along.append(_along(policy, renewal, "start_date", found.values["end_date"], as_sold=as_sold).draft)
    return replace(found.draft, along=tuple(along))


def correct_as_asked(policy: Policy, request: EndorsementRequest, actor: User, prior: Policy | None, reason: str) -> Policy:
    """Book the correction that a second person has just approved, with the figures that it was asked for.

    Raises Conflict ("changed_since") where more was booked since it was asked for: those figures were worked out from other terms.
    """
    if can_be_corrected(policy) and versions_of(policy).filter(booked_at__gt=request.requested_at).exists():
        raise Conflict("The policy was corrected since this was asked for: decline it, and ask for it again.", code="changed_since")
    found = _correction(None, policy, restored(request.terms), as_sold=False, statement="", approved=True)
    if found is None:
        raise Invalid("Nothing would change any more.", code="nothing_changed")
    _correct_all(found, actor, prior, reason, as_sold=False)
    return policy


def _correction(
    actor: User | None, policy: Policy, changes: Mapping[str, Any], *, as_sold: bool, statement: str, approved: bool = False
) -> Correction | None:
    """None where nothing is different."""
    require(actor, "policies.change_policy")
    refuse_fixed_fields(policy, changes, FIXED)
    if policy.current_status == Status.CANCELLED:
        raise Conflict(f"The policy {_why_cancelled(policy)}; its terms stay as they were.", code="cancelled")
    values = _corrected(policy, changes)
    if not values:
        return None
    _refuse_endorsed(policy, next(iter(values)))
    if not approved and correction_waits(policy):
        raise Conflict(
            "A correction of this policy waits for its approval, with the premium that it comes to: decide on that first.", code="waiting"
        )
    premium_named = not changes.keys().isdisjoint(NAMED)
    return _worked_out(policy, values, as_sold=as_sold, statement=statement, approved=approved, premium_named=premium_named)


def _correct_all(found: Correction, actor: User | None, prior: Policy | None, reason: str, *, as_sold: bool) -> None:
    """The correction, and the terms before and after along."""
    policy, values = found.draft.policy, found.values
    if prior and "start_date" in values:
        _move_along(policy, prior, actor, "end_date", values["start_date"], as_sold=as_sold)
        # Where the term before it ends decides whether a lapse comes before that.
        policy.refresh_from_db(fields=["lapses_at", "version", "updated_at"])
    _correct(found, actor, reason=reason)
    if "end_date" in values and (renewal := the_renewal(policy, hold=True)):
        _move_along(policy, renewal, actor, "start_date", values["end_date"], as_sold=as_sold)


def prior_of(policy_id: UUID) -> Policy | None:
    """The term before it, locked: before the policy itself, as always."""
    return Policy.objects.select_for_update(of=("self",)).filter(renewal=policy_id).first()


def _move_along(policy: Policy, other: Policy, actor: User | None, field: str, moment: datetime.datetime, *, as_sold: bool) -> None:
    _correct(_along(policy, other, field, moment, as_sold=as_sold), actor, along_with=policy.policy_number)


def _along(policy: Policy, other: Policy, field: str, moment: datetime.datetime, *, as_sold: bool) -> Correction:
    """The correction of the other side of the moment at which one term ends and the next begins.

    Raises Conflict, "terms_apart" or what stands against the other's correction, at the field of `policy` that was sent.
    """
    named = "end_date" if field == "start_date" else "start_date"
    follows = f"{other}, which {'starts where this policy ends' if field == 'start_date' else 'ends where this policy starts'}"
    if why := _why_not(other, field, moment):
        raise Conflict(f"{follows}, {why}.", code="terms_apart", field=named)
    try:
        return _worked_out(other, {field: moment}, named=named, as_sold=as_sold, along=True)
    except Invalid as refused:
        message = f"{follows}, cannot be moved along: {refused.errors[0].message}"
        raise Invalid.of([FieldError(named, refused.errors[0].code, message)]) from None
    except Conflict as refused:
        raise Conflict(f"{follows}, cannot be moved along: {refused.message}", code=refused.code, field=named) from None


def _why_not(other: Policy, field: str, moment: datetime.datetime) -> str:
    if other.current_status == Status.CANCELLED:
        return f"{_why_cancelled(other)}: reinstate it first"
    if not can_be_corrected(other):
        return "was changed since it was booked, so its dates stay"
    if correction_waits(other):
        return "has a correction that waits for its approval: decide on that first"
    return "" if _is_term(other, field, moment) else "would have no time left"


def _why_cancelled(policy: Policy) -> str:
    """In words, also where only the clock says so: until its lapse is booked there is nothing to reinstate."""
    if policy.lapsed_from() >= (policy.cancelled_at or policy.end_date):
        return "is cancelled"
    what = "goes with the term that it renews, which has lapsed" if policy.lapses_with_prior else "has lapsed"
    return f"{what} for non-payment, which chase_unpaid has yet to book"


def _is_term(policy: Policy, field: str, moment: datetime.datetime) -> bool:
    dates = {"start_date": policy.start_date, "end_date": policy.end_date} | {field: moment}
    return dates["start_date"] < dates["end_date"]


def _corrected(policy: Policy, changes: Mapping[str, Any]) -> dict[str, Any]:
    """What of `changes` is different, checked. The policy is left as it is stored."""
    before = {name: getattr(policy, name) for name in TERMS}
    try:
        for name in TERMS:
            setattr(policy, name, changes.get(name, before[name]))
        check(policy, *check_policy_terms(start_date=policy.start_date, end_date=policy.end_date))
        after = {name: getattr(policy, name) for name in TERMS}
    finally:
        for name, value in before.items():
            setattr(policy, name, value)
    return {name: value for name, value in after.items() if value != before[name]}


def can_be_corrected(policy: Policy) -> bool:
    """Whether nothing but the first version and corrections is booked."""
    return policy.booked_versions == 1 or not versions_of(policy).exclude(kind__in=[kind.value for kind in FROM_INCEPTION]).exists()


def correction_waits(policy: Policy) -> bool:
    waiting = policy.endorsement_requests.filter(outcome=EndorsementRequest.Outcome.WAITING)
    return waiting.filter(kind=EndorsementRequest.Kind.CORRECTION).exists()


def _refuse_endorsed(policy: Policy, field: str) -> None:
    if not can_be_corrected(policy):
        raise Conflict(
            "More was booked on the policy since its first version: endorse it from the day on which the change takes effect.",
            code="use_command",
            field=field,
        )


def _worked_out(
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


def _correct(found: Correction, actor: User | None, *, along_with: str = "", reason: str = "") -> None:
    draft, policy, values = found.draft, found.draft.policy, found.values
    fields = ", ".join(sorted(values)).replace("_", " ") + (f", along with {along_with}" if along_with else "")
    dates = {name: values[name] for name in DATES if name in values}
    if found.pinned != policy.product_version:
        fields = f"{fields}; now on {found.pinned or 'no product'}"
    was, ends = policy.status, dates.get("end_date", policy.end_date)
    # A term that is not over after all goes on, and expires at its right end.
    goes_on: dict[str, Any] = {"status": Status.ACTIVE} if was == Status.EXPIRED and ends > timezone.now() else {}
    why = f"{fields[:1].upper()}{fields[1:]}{f': {reason}' if reason else ''}"
    book(draft, actor, reason=why, product_version=found.pinned, **dates, **goes_on)
    record(policy, actor, "change", from_status=was, reason=fields)


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


def delete_policy(actor: User | None, policy_id: UUID, *, version: int | None) -> None:
    """Only before anything refers to it (a claim, a renewal, a quote, a payment, a paper); its versions go with it.

    Raises Conflict ("in_use"), which names what holds it.
    """
    require(actor, "policies.delete_policy")
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        try:
            policy.delete()
        except ProtectedError as protected:
            held = holders(protected, {Policy: "renewal"})
            raise Conflict(f"The policy cannot be deleted; it has {held}.", code="in_use") from None
