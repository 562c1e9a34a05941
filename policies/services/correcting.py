"""Putting right what was booked wrong, and taking away what should never have been booked."""

import datetime
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import ProtectedError
from django.utils import timezone

from policies.models import Policy
from policies.products.models import ProductVersion
from policies.products.pinning import version_for
from policies.reading import versions_of, work_out
from policies.rules import check_policy_terms, spaced
from policies.services.booking import TERMS, ask_right, book, record
from policies.services.following import the_renewal
from policies.services.known_loss import refuse_known_loss, refuse_known_loss_by_product
from policies.terms import FROM_INCEPTION, Kind
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict
from vanguard.querysets import holders, locked
from vanguard.validation import check, refuse_fixed_fields

Status = Policy.Status
FIXED = ("status", "policy_number", "customer_id")


def update_policy(actor: User | None, policy_id: UUID, *, version: int | None, changes: Mapping[str, Any]) -> Policy:
    """Correct the terms in `changes` from inception, and no others, while nothing but the first version and corrections is booked.

    Where a renewal starts at the policy's end, both move: a correction of the one is one of the other. (docs/decisions/0122)
    Raises Conflict: "terms_apart" where the other cannot be corrected along; "not_sold" where no version of its product is valid at
    its start; "use_command" for status, number and owner, and for terms that were endorsed since; "claims_outside" when a claim's
    loss would fall out of the period; "claims_above" when more was approved on one than the new limit would pay; "known_loss" when
    the limit would be raised, or the deductible lowered, or the product's version that goes with it pays more, and a loss is known;
    "other_covers" where that version lacks a coverage of which the policy has figures of its own.
    """
    require(actor, "policies.change_policy")
    with unit_of_work(actor):
        prior = _prior(policy_id) if "start_date" in changes else None
        policy = locked(Policy.objects.all(), policy_id, version)
        refuse_fixed_fields(policy, changes, FIXED)
        if policy.current_status == Status.CANCELLED:
            raise Conflict(f"The policy {_why_cancelled(policy)}; its terms stay as they were.", code="cancelled")
        if values := _corrected(policy, changes):
            _refuse_endorsed(policy, next(iter(values)))
            if prior and "start_date" in values:
                _move_along(policy, prior, actor, "end_date", values["start_date"])
                # Where the term before it ends decides whether a lapse comes before that.
                policy.refresh_from_db(fields=["lapses_at", "version", "updated_at"])
            _correct(policy, actor, values)
            if "end_date" in values and (renewal := the_renewal(policy, hold=True)):
                _move_along(policy, renewal, actor, "start_date", values["end_date"])
        return policy


def _prior(policy_id: UUID) -> Policy | None:
    """The term before it, locked: before the policy itself, as always."""
    return Policy.objects.select_for_update(of=("self",)).filter(renewal=policy_id).first()


def _move_along(policy: Policy, other: Policy, actor: User | None, field: str, moment: datetime.datetime) -> None:
    """Correct the other side of the moment at which one term ends and the next begins.

    Raises Conflict, "terms_apart" or what stands against the other's correction, at the field of `policy` that was sent.
    """
    named = "end_date" if field == "start_date" else "start_date"
    follows = f"{other}, which {'starts where this policy ends' if field == 'start_date' else 'ends where this policy starts'}"
    if why := _why_not(other, field, moment):
        raise Conflict(f"{follows}, {why}.", code="terms_apart", field=named)
    try:
        _correct(other, actor, {field: moment}, named=named, along_with=policy.policy_number)
    except Conflict as refused:
        raise Conflict(f"{follows}, cannot be moved along: {refused.message}", code=refused.code, field=named) from None


def _why_not(other: Policy, field: str, moment: datetime.datetime) -> str:
    if other.current_status == Status.CANCELLED:
        return f"{_why_cancelled(other)}: reinstate it first"
    if not can_be_corrected(other):
        return "was changed since it was booked, so its dates stay"
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
    for name in TERMS:
        setattr(policy, name, changes.get(name, before[name]))
    check(policy, *check_policy_terms(start_date=policy.start_date, end_date=policy.end_date))
    after = {name: getattr(policy, name) for name in TERMS}
    for name, value in before.items():
        setattr(policy, name, value)
    return {name: value for name, value in after.items() if value != before[name]}


def can_be_corrected(policy: Policy) -> bool:
    """Whether nothing but the first version and corrections is booked."""
    return policy.booked_versions == 1 or not versions_of(policy).exclude(kind__in=[kind.value for kind in FROM_INCEPTION]).exists()


def _refuse_endorsed(policy: Policy, field: str) -> None:
    if not can_be_corrected(policy):
        raise Conflict(
            "More was booked on the policy since its first version: endorse it from the day on which the change takes effect.",
            code="use_command",
            field=field,
        )


def _correct(policy: Policy, actor: User | None, values: dict[str, Any], named: str = "start_date", along_with: str = "") -> None:
    pinned, sent = _pinned(policy, values, named), "policy_type" if "policy_type" in values else named
    draft = work_out(policy, Kind.CORRECTION, values.get("start_date", policy.start_date), values)
    moves = pinned != policy.product_version
    ask_right(policy, draft.after, pinned.pk if pinned else None, moved_by=sent if moves else "")
    if not moves:
        refuse_known_loss(draft)
    else:
        _refuse_covers_of_another(policy, pinned, sent)
        refuse_known_loss_by_product(draft, pinned, sent)
    fields = ", ".join(sorted(values)).replace("_", " ") + (f", along with {along_with}" if along_with else "")
    dates = {name: values[name] for name in ("start_date", "end_date") if name in values}
    if moves:
        fields = f"{fields}; now on {pinned or 'no product'}"
    was, ends = policy.status, dates.get("end_date", policy.end_date)
    # A term that is not over after all goes on, and expires at its right end.
    goes_on: dict[str, Any] = {"status": Status.ACTIVE} if was == Status.EXPIRED and ends > timezone.now() else {}
    book(draft, actor, reason=fields[:1].upper() + fields[1:], product_version=pinned, **dates, **goes_on)
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
