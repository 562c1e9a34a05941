"""Renewal: a policy of its own that starts exactly where the old one ends."""

import datetime
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from policies.events import PolicyRenewed
from policies.models import Policy
from policies.models.values import stored_covers
from policies.products.models import ProductVersion
from policies.products.pinning import version_for
from policies.products.rules import anniversary
from policies.reading import codes_with_own, ends_with_prior, timeline_of
from policies.rules import LATEST, check_policy_terms, renewed_until
from policies.services.as_sold import OWN, check_figures_sold, check_term_sold, refuse
from policies.services.booking import record
from policies.services.new_business import begin, next_policy_number
from policies.terms import Kind, OwnCovers
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.accounts.zones import zone_of
from vanguard.audit import touch, unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.events import publish
from vanguard.querysets import locked
from vanguard.validation import check

LONGEST_NUMBER = 50


def renew_policy(
    actor: User | None, policy_id: UUID, *, terms: Mapping[str, Any] | None = None, version: int | None = None, as_sold: bool = False
) -> Policy:
    """The renewal, which is a policy of its own; see draft_renewal. Raises as it does."""
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        renewal = draft_renewal(actor, policy, terms=terms, as_sold=as_sold)
        begin(renewal, Kind.RENEWAL, actor, "book")
        touch(policy)
        record(policy, actor, "renew", from_status=policy.status, reason=f"As {renewal.policy_number}")
        publish(PolicyRenewed(policy.id, policy.policy_number, renewal.id, renewal.policy_number, actor.id if actor else None))
        return renewal


def draft_renewal(actor: User | None, policy: Policy, *, terms: Mapping[str, Any] | None = None, as_sold: bool = False) -> Policy:
    """The renewal, not booked yet: on the terms that hold at the end of the old term, for as long on the policy's own wall clock,
    unless `terms` says otherwise; another limit or deductible lies in the ranges of its product. `as_sold`, which a person at the desk
    renews by: for as long as its product sells, at most.

    Raises Invalid; Conflict when the policy is cancelled, and ("already_renewed") when it has a renewal.
    """
    require(actor, "policies.renew_policy")
    if policy.cancelled_at is not None or policy.current_status == Policy.Status.CANCELLED:
        raise Conflict("The policy is cancelled; reinstate it, or book a new one.", code="not_allowed_now", field="status")
    known = Policy.objects.filter(renews=policy).first()
    if known is not None:
        again = ", which is cancelled: reinstate that" if known.cancelled_at else ""
        raise Conflict(f"The policy is renewed already, as {known.policy_number}{again}.", code="already_renewed")
    last = timeline_of(policy).segments[-1].terms
    given: dict[str, Any] = {
        "policy_type": last.policy_type,
        "premium_amount": last.premium_amount,
        "coverage_amount": last.coverage_amount,
        "deductible_amount": last.deductible_amount,
    } | dict(terms or {})
    pinned = version_for(given["policy_type"], policy.end_date)
    if "end_date" not in given:
        given["end_date"] = _usual_end(policy, pinned if as_sold else None)
    renewal = Policy(
        policy_number=_number_after(policy.policy_number),
        customer_id=policy.customer_id,
        start_date=policy.end_date,
        time_zone=policy.time_zone,
        renews_id=policy.pk,  # by its key: a policy object would pass for renewed from here on
        **given,
    )
    check(renewal, *check_policy_terms(start_date=renewal.start_date, end_date=renewal.end_date))
    changed = {name: given[name] for name in OWN if given[name] != getattr(last, name)}
    refuse(check_figures_sold(pinned, last, changed, anew=given["policy_type"] != last.policy_type))
    if as_sold:
        refuse(check_term_sold(pinned, renewal.start_date, renewal.end_date))
    renewal.lapses_at = ends_with_prior(renewal)
    renewal.product_version = pinned
    renewal.covers = stored_covers(_carried_over(dict(last.covers), renewal))
    return renewal


def _usual_end(policy: Policy, pinned: ProductVersion | None) -> datetime.datetime:
    """As long a term again, on the policy's own wall clock; under `pinned` no longer than its product sells.

    Raises Invalid where that is beyond the years that people insure.
    """
    begins, length = policy.end_date, policy.end_date - policy.start_date
    if pinned and check_term_sold(pinned, begins, begins + min(length, LATEST - min(begins, LATEST))):
        return anniversary(begins.astimezone(zone_of(policy))).astimezone(datetime.UTC)
    if length >= LATEST - begins:
        words = f"A renewal for as long as this term would end after {LATEST.year - 1}. Nobody insures so far ahead."
        raise Invalid.of([FieldError("end_date", "out_of_range", words)])
    return renewed_until(policy.start_date, policy.end_date, zone_of(policy))


def _carried_over(covers: OwnCovers, renewal: Policy) -> OwnCovers:
    """The figures of single coverages, of those that the product's version of the new term has as well."""
    if not covers:
        return {}
    codes = codes_with_own(renewal)
    return {code: own for code, own in covers.items() if code in codes}


def _number_after(number: str) -> str:
    """POL-2026-000123 → POL-2026-000123-R2 → -R3; the next of the year's series where that is taken or too long."""
    stem, mark, count = number.rpartition("-R")
    follows = f"{stem}-R{int(count) + 1}" if mark and count.isdecimal() else f"{number}-R2"
    if len(follows) > LONGEST_NUMBER or Policy.objects.filter(policy_number=follows).exists():
        return next_policy_number()
    return follows
