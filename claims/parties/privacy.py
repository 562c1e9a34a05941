"""What becomes of claimants where customers are merged, erased or told what is held on them, and when their own time is over."""

import datetime
from collections.abc import Iterable, Iterator
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from claims.models import Claim
from claims.parties.append_only import ERASED
from claims.parties.matching import set_digests
from claims.parties.models import Claimant, ClaimantErasure, ClaimantExport, ClaimantKey, ClaimantLook, ClaimantQuerySet
from customers.events import CustomerErasing, CustomerExporting, CustomersMerging, CustomersUnmerging, ErasureStanding, LooksCounting
from customers.models import Customer, LegalHold
from customers.services import hold_on, moved_ids, record_moved
from customers.services.erasing import Standing, sealed, years_after
from vanguard.audit import record_change, unit_of_work
from vanguard.encryption.owned import keyring
from vanguard.events import on

BATCH = 200
HELD = "a legal hold on the insured is on: it waits until that is lifted"


@on(CustomersMerging)
def hand_claimants_over(event: CustomersMerging) -> None:
    """The claims that the merged record makes are the kept one's from now on. Where that one claims on the same claim the row stays:
    one person is a claimant of a claim once, and the merged record leads to the kept one."""
    there = Claimant.objects.open().filter(customer=event.kept_id).values("claim")
    rows = Claimant.objects.filter(customer=event.merged_id).exclude(ended_at=None, claim__in=there)
    record_moved(event.merge_id, Claimant, _give(rows, event.kept_id))


@on(CustomersUnmerging)
def take_claimants_back(event: CustomersUnmerging) -> None:
    """Exactly those that were handed over."""
    _give(Claimant.objects.filter(pk__in=moved_ids(event.merge_id, Claimant), customer=event.kept_id), event.merged_id)


def _give(rows: ClaimantQuerySet, customer_id: UUID) -> list[UUID]:
    """Locked in the order of their keys."""
    moved = []
    for claimant in rows.select_for_update().order_by("pk"):
        before = {"customer_id": claimant.customer_id}
        claimant.customer_id = customer_id
        Claimant.objects.filter(pk=claimant.pk).update(customer_id=customer_id)
        record_change(claimant, before)
        moved.append(claimant.pk)
    return moved


@on(ErasureStanding)
def tell_claims_made(asked: ErasureStanding) -> None:
    """A claim on which the customer claims keeps the data as an own one does, also where the policy is somebody else's."""
    for claimant in Claimant.objects.filter(customer__in=asked.customer_ids).select_related("claim"):
        claim = claimant.claim
        if not claim.is_open:
            asked.ended.append(claim.closed_at or claim.updated_at)
        elif claimant.is_open:
            asked.runs.append(f"claim {claim.claim_number}, on which the customer claims, is open")
        else:
            asked.ended.append(claimant.ended_at or claimant.added_at)


@on(CustomerErasing)
def erase_with_the_customer(event: CustomerErasing) -> None:
    """Who claimed on the customer's claims goes with them, and what people wrote about the claims that the customer made."""
    erase(Claimant.objects.filter(claim__policy__customer__in=event.customer_ids))
    _erase_words(Claimant.objects.filter(customer__in=event.customer_ids))


@on(CustomerExporting)
def share_claims_made(event: CustomerExporting) -> None:
    """The claims on which the customer claims, without what is on them of others."""
    rows = Claimant.objects.filter(customer__in=event.customer_ids).select_related("claim")
    event.shares["claimsMade"] = [
        {
            "claim": each.claim.claim_number,
            "for": each.get_claims_for_display(),
            "since": each.added_at.isoformat(),
            "until": each.ended_at.isoformat() if each.ended_at else None,
        }
        for each in rows
    ]


@on(LooksCounting)
def count_looks(asked: LooksCounting) -> None:
    """Looks at claimants fill the same quota as those at customers."""
    asked.number += ClaimantLook.objects.filter(actor=asked.actor_id, at__gte=asked.since).count()


def erase(rows: ClaimantQuerySet) -> int:
    """Destroys the keys of those who are no customers, and empties what they were found by. Returns how many they were.

    Within a transaction. It may be done again, after a restore: what came back is taken away once more.
    """
    _erase_words(rows)
    there = Q(redacted_at=None) | Q(data_key__isnull=False)
    ids = list(rows.filter(there, customer=None).values_list("pk", flat=True))
    nothing = sealed("")
    for model in (ClaimantErasure, ClaimantExport):
        model._default_manager.filter(claimant__in=ids).update(reason=nothing)
    ClaimantKey.objects.filter(pk__in=ids).delete()
    now, empty = timezone.now(), dict.fromkeys(Claimant.DIGESTS, "")
    Claimant.objects.filter(pk__in=ids).update(redacted_at=now, **dict.fromkeys(Claimant.PERSONAL), **empty)
    ClaimantErasure.objects.filter(claimant__in=ids, done_at=None).update(done_at=now)
    for each in ids:
        keyring.forget(each)
    return len(ids)


def _erase_words(rows: ClaimantQuerySet) -> None:
    rows.exclude(ended_because__in=["", ERASED]).update(ended_because=ERASED)


def is_held(claim: Claim) -> bool:
    """Whether a legal hold is on the insured of the claim, on whichever record of a merged one it was set."""
    return hold_on(claim.policy.customer.surviving()) is not None


def standing_of(claim: Claim, *, held: bool) -> Standing:
    """When what is kept on those who claim and are no customers may go, and what for it waits. `held` as `is_held` says.

    The claim keeps it while it is open, also on who has ended, because whoever it was decides nothing on it; and for `RETENTION_YEARS`
    after that, under a legal hold longer.
    """
    if held:
        return Standing(None, HELD)
    if claim.closed_at is None:
        return Standing(None, f"claim {claim.claim_number} is open: it waits until that is closed")
    years = settings.RETENTION_YEARS
    due = years_after(claim.closed_at, years)
    return Standing(due, "" if due <= timezone.now() else f"{years} years after the claim was closed")


def keep_as_they_are(claims: Iterable[Claim]) -> None:
    """Until the transaction ends nobody sets a hold on the insured of these claims, and none of them is opened again.

    `claims` are read with their policies and customers, and are to be read again afterwards.
    """
    found = list(claims)
    insured = {each.policy.customer.surviving().pk for each in found}
    for rows, keys in ((Customer.objects.all(), insured), (Claim.objects.all(), {each.pk for each in found})):
        list(rows.filter(pk__in=keys).order_by("pk").select_for_update(no_key=True).values_list("pk"))


def erase_due_claimants() -> int:
    """Retention: nothing is kept on who claimed and is no customer, once its time is over (`standing_of`). Returns how many.

    Asked for or not. A legal hold on the insured keeps them, on whichever record of a merged one it was set.
    """
    over = Claimant.objects.named().filter(claim__closed_at__lt=_years_ago(settings.RETENTION_YEARS)).order_by()
    with unit_of_work(None):
        keep_as_they_are(Claim.objects.filter(pk__in=over.values("claim")).select_related("policy__customer"))
        held = {each.customer.surviving().pk for each in LegalHold.objects.filter(lifted_at=None).select_related("customer")}
        return erase(over.exclude(claim__policy__customer__in=held))


def _years_ago(years: int) -> datetime.datetime:
    now = timezone.now()
    try:
        return now.replace(year=now.year - years)
    except ValueError:  # the 29th of February
        return now.replace(year=now.year - years, day=28)


# -- The digests, brought under the current key by `manage.py rotate_keys`
def outdated_digests() -> int:
    """How many claimants have a digest that is not under the current key."""
    return sum(_renewed(claimant) for batch in _batches() for claimant in batch)


def rotate_digests() -> Iterator[int]:
    """Yields how many claimants got new digests, batch by batch. Who was erased meanwhile stays as the erasure left it."""
    for batch in _batches():
        yield sum(_put(claimant) for claimant in batch if _renewed(claimant))


def _batches() -> Iterator[list[Claimant]]:
    rows = Claimant.objects.named().order_by("pk")
    batch = list(rows[:BATCH])
    while batch:
        keyring.load_for(batch)
        yield batch
        batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])


def _renewed(claimant: Claimant) -> bool:
    before = [getattr(claimant, name) for name in Claimant.DIGESTS]
    set_digests(claimant)
    return before != [getattr(claimant, name) for name in Claimant.DIGESTS]


def _put(claimant: Claimant) -> int:
    values = {name: getattr(claimant, name) for name in Claimant.DIGESTS}
    return Claimant.objects.named().filter(pk=claimant.pk).update(**values)
