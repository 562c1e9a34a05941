"""What the rates say that a policy was sold at, asked of whoever sold it: nobody answers for one that was booked by itself."""

from dataclasses import replace
from decimal import Decimal

from policies.events import RatedTerm, TermRating
from policies.products.models import ProductVersion
from policies.reading import Draft
from policies.terms import mixes_premium_with_factors
from vanguard.events import consult
from vanguard.money import to_cents


def rating_of(draft: Draft, pinned: ProductVersion | None) -> TermRating:
    """Of the term as it is, and as it is to be once it is corrected, then on the version `pinned`."""
    policy, before, after = draft.policy, draft.before, draft.after
    question = TermRating(
        policy.pk,
        RatedTerm(policy.product_version_id, before.term.starts_at, before.term.ends_at, before.segments[0].terms),
        RatedTerm(pinned.pk if pinned else None, after.term.starts_at, after.term.ends_at, after.segments[0].terms),
    )
    consult(question)
    return question


def rated_premium(draft: Draft) -> Decimal | None:
    """The premium of a whole term on the figures that an endorsement makes: in the proportion in which the rates change, so that what was
    agreed beside them stays agreed. None where they cannot tell, or where rating factors of its own make the premium."""
    policy, term, moment = draft.policy, draft.before.term, draft.new.effective_at
    was, will = draft.before.at(moment), draft.after.at(moment)
    if was is None or will is None or "policy_type" in draft.new.changes:
        return None
    before, after = (RatedTerm(policy.product_version_id, term.starts_at, term.ends_at, each.terms) for each in (was, will))
    question = TermRating(policy.pk, before, after)
    consult(question)
    if not question.premium_before or question.premium_after is None:
        return None
    premium = to_cents(was.terms.base_premium * question.premium_after / question.premium_before)
    as_proposed = replace(draft.new, changes={**draft.new.changes, "premium_amount": premium})
    return None if mixes_premium_with_factors(draft.booked, as_proposed) else premium
