"""Endorsements: forwards, backdated and out of sequence, with the same result as in order."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from django.utils import timezone

from policies.events import PolicyEndorsed
from policies.models import Policy
from policies.models.values import stored
from policies.reading import Draft, behind, coverages_of, has_begun, older, principal_of, work_out
from policies.rules import Endorsement, check_factors, check_own_covers, check_premiums, field_of, label_of
from policies.services.as_sold import check_figures_sold, check_type_sold, refuse
from policies.services.booking import ask_right, book, record
from policies.services.following import the_renewal
from policies.services.known_loss import ask_second_person, needs_second_person
from policies.services.rated import rated_premium
from policies.terms import FACTOR, FieldClash, Kind, Value, fields_of, is_of_cover, mixes_premium_with_factors, own_covers
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Conflict, FieldError, Invalid
from vanguard.events import publish
from vanguard.money import dollars, to_cents
from vanguard.querysets import locked
from vanguard.validation import check

ENDORSABLE = ("policy_type", "premium_amount", "coverage_amount", "deductible_amount")
CHOICES = ("this", "later")
CARRY = "carry_to_renewal"


class Clashing(Conflict):
    """Later versions change the same fields. `clashes` has both values of each, for a person to choose from."""

    default_code = "clash"

    def __init__(self, clashes: tuple[FieldClash, ...]) -> None:
        super().__init__(
            "A later version changes the same. Say for each field which value holds from then on.",
            errors=[FieldError(field_of(clash.field), "clash", _both(clash)) for clash in clashes],
        )
        self.clashes = clashes


def _both(clash: FieldClash) -> str:
    later, this = (dollars(value) if isinstance(value, Decimal) else value for value in (clash.later, clash.this))
    return (
        f"{label_of(clash.field)} is {later} from {clash.effective_at:%Y-%m-%d} by version {clash.number}; "
        f'this would make it {this}. Keep "later" or "this".'
    )


def endorse_policy(actor: User | None, policy_id: UUID, asked: Endorsement, *, version: int | None = None) -> Policy:
    """Change terms from a moment on. Where a second person has to approve, the request is kept and the policy stays as it is.

    Raises Invalid, also for a type or a figure that the policy's product does not sell; Conflict: "outside_period", "not_in_force",
    "rated", "clash", "known_loss" without the insured's statement, "waiting" while another request waits, "claims_above" when more was
    approved than the new terms would pay; "no_renewal", "begun", "nothing_to_carry" and "waits" for what cannot be carried to a renewal.
    """
    with unit_of_work(actor):
        policy = locked(Policy.objects.all(), policy_id, version)
        draft = draft_endorsement(actor, policy, asked, hold=True)
        if unsaid := unsaid_clashes(draft, asked):
            raise Clashing(unsaid)
        if draft.waits:
            return ask_second_person(
                draft,
                actor,
                statement=asked.no_known_loss,
                reason=asked.reason,
                terms=stored({name: value for name, value in draft.new.changes.items() if not name.startswith(FACTOR)}),
                factors=stored({name: draft.new.changes[f"{FACTOR}{name}"] for name in asked.factors}),
                keep=dict(asked.keep),
            )
        return endorse(draft, actor, asked.reason)


def endorse(draft: Draft, actor: User | None, reason: str) -> Policy:
    """Book an endorsement that nothing stands against, and what of it is carried to the renewal."""
    policy = draft.policy
    made = book(draft, actor, reason=reason.strip())
    what = ", ".join(label_of(name).lower() for name in draft.new.changes)
    record(policy, actor, "endorse", from_status=policy.status, reason=what)
    publish(
        PolicyEndorsed(policy.id, policy.policy_number, made.number, made.effective_at, made.premium_change, actor.id if actor else None)
    )
    for renewal in draft.along:
        endorse(renewal, actor, f"Carried from {policy}. {reason}".strip())
    return policy


def draft_endorsement(actor: User | None, policy: Policy, asked: Endorsement, *, approved: bool = False, hold: bool = False) -> Draft:
    """What the endorsement would do, with all that can be said against it but clashes, which the draft lists, and in what the
    renewal would stand on older terms. Looked at, and not held to be booked, it says also what the rates come to.

    `approved`: a second person has approved more cover from before a known loss. `hold` is for who books it: the renewal is locked.
    """
    require(actor, "policies.endorse_policy")
    changes = _checked(policy, asked)
    moment = asked.effective_at or max(timezone.now(), policy.start_date)
    draft = work_out(policy, Kind.ENDORSEMENT, moment, changes, asked.through)
    held = draft.before.at(moment)
    if held is None:
        raise Conflict("The endorsement takes effect within the policy's period.", code="outside_period", field="effective_date")
    if not held.in_force or policy.lapsed_from() <= moment:
        raise Conflict("The policy is cancelled at that moment. Reinstate it first.", code="not_in_force", field="effective_date")
    was, pinned = held.terms, policy.product_version
    refuse(check_type_sold(pinned, was.policy_type, str(changes.get("policy_type", was.policy_type))))
    refuse(check_figures_sold(pinned, was, changes))
    if draft.after == draft.before:
        raise Invalid("Nothing would change from then on.", code="nothing_changed")
    if mixes_premium_with_factors(draft.booked, draft.new):
        name = "premium_amount" if "premium_amount" in changes else "factors"
        raise Conflict(
            "The premium is made by rating factors, or was set from a later day: use one or the other.", code="rated", field=name
        )
    if errors := check_premiums(draft.after):
        raise Invalid.of(errors)
    ask_right(policy, draft.after, policy.product_version_id)
    if not hold:
        draft = replace(draft, rated=rated_premium(draft))
    if not approved:
        draft = replace(draft, waits=needs_second_person(draft, asked.no_known_loss))
    return _with_renewal(draft, actor, asked, hold=hold)


def _with_renewal(draft: Draft, actor: User | None, asked: Endorsement, *, hold: bool) -> Draft:
    """The draft, with what it means for the renewal, and with what is to be carried to it."""
    renewal = the_renewal(draft.policy, hold=hold)
    if renewal is not None:
        draft = replace(draft, renewal=renewal, behind=behind(draft.policy, renewal, draft.after))
    if not asked.carry_to_renewal:
        return draft
    if renewal is None:
        raise Conflict("The policy is not renewed yet.", code="no_renewal", field=CARRY)
    carried = {each.field: each.now for each in older(draft.behind)}
    if not carried:
        raise Conflict(f"{renewal} stands on no older terms; what differs was given to it.", code="nothing_to_carry", field=CARRY)
    if has_begun(renewal):
        raise Conflict(f"{renewal} has begun: endorse it by itself, from the day on which it is to change.", code="begun", field=CARRY)
    if draft.waits:
        message = f"This waits for another person. Once it is booked, endorse {renewal} from its beginning."
        raise Conflict(message, code="waits", field=CARRY)
    along = Endorsement(
        terms={name: value for name, value in carried.items() if not is_of_cover(name)},
        covers=own_covers(carried),
        effective_at=renewal.start_date,
        keep={field_of(name): "later" for name in carried},
    )
    return replace(draft, along=(draft_endorsement(actor, renewal, along, hold=hold),))


def unsaid_clashes(draft: Draft, asked: Endorsement) -> tuple[FieldClash, ...]:
    """The clashes of which the request does not say whose value holds."""
    return tuple(clash for clash in draft.clashes if asked.keep.get(field_of(clash.field)) not in CHOICES)


def _checked(policy: Policy, asked: Endorsement) -> dict[str, Value]:
    """The new values in their stored form. Raises Invalid."""
    after = Policy(policy_number=policy.policy_number, start_date=policy.start_date, end_date=policy.end_date)
    for name in ENDORSABLE:
        setattr(after, name, asked.terms.get(name, getattr(policy, name)))
    unknown = [FieldError(name, "unknown_field", "An endorsement does not change this.") for name in asked.terms if name not in ENDORSABLE]
    wrong = [FieldError("keep", "not_a_choice", 'Keep "this" or "later".') for value in asked.keep.values() if value not in CHOICES]
    check(after, *unknown, *wrong, *check_factors(asked.factors), *_check_covers(policy, asked))
    if not asked.changes:
        raise Invalid("Say what changes.", code="required")
    covers = {name: to_cents(amount) for name, amount in fields_of(asked.covers).items()}
    return asked.changes | {name: getattr(after, name) for name in asked.terms} | covers


def _check_covers(policy: Policy, asked: Endorsement) -> list[FieldError]:
    return check_own_covers(asked.covers, coverages_of(policy), principal_of(policy)) if asked.covers else []
