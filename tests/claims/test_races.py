"""Two people do the same thing to a claim at the same instant: one of them does it, and the other hears why not.

RACES says how many pairs run against each other; the suite takes a few. Each race is run once more with the lock taken out, when only the
version is left to tell the two apart; and once more without that either, and must then go wrong: otherwise it would prove nothing.
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from claims.clocks import keeping as clocks
from claims.diary import services as diary
from claims.models import Claim
from claims.services import (
    ToldClaimant,
    add_claimant,
    approve_claim,
    approve_payment,
    assign_claim,
    clear_payment,
    close_claim,
    end_claimant,
    handling,
    ledger,
    moving,
    pay_claim,
    start_claim,
    withdraw_approval,
)
from claims.services.paying import steps as paying
from tests import needs
from tests.claims.test_payments import approved_claim, limited
from tests.factories import adjuster, staff, started_claim, submitted_claim, superuser, supervisor
from tests.faults import figure
from vanguard import audit
from vanguard.accounts.models import User
from vanguard.errors import DomainError
from vanguard.models import DomainModel
from vanguard.querysets import get_or_refuse

pytestmark = [needs.postgresql, pytest.mark.django_db(transaction=True)]
NORA = ToldClaimant("bodily_injury", name="Nora Vale")
PAIRS = int(os.environ.get("RACES", "5"))


class Race(NamedTuple):
    """What the claim is like before, what each of the two does, how the slower one is refused, and what is there once afterwards."""

    claim: Callable[[], Claim]
    people: Callable[[], tuple[User, User]]
    act: Callable[[User, Claim], Any]
    refused: str
    once: Callable[[Claim], int]


def steps(command: str) -> Callable[[Claim], int]:
    return lambda claim: claim.transitions.filter(command=command).count()


def claim_with_a_request_above_authority() -> Claim:
    maker = limited("100.00")
    claim = approved_claim(maker, "4000.00", approver=supervisor())
    return pay_claim(maker, claim.pk, amount=Decimal("500.00"))


def paid_claim() -> Claim:
    boss = superuser()
    claim = pay_claim(boss, approved_claim(boss, "20.00").pk)
    return clear_payment(boss, claim.payments.get().pk)


def claim_with_a_claimant() -> Claim:
    return add_claimant(None, submitted_claim().pk, NORA).claim


RACES = {
    "take": Race(
        submitted_claim,
        lambda: (adjuster(), adjuster()),
        lambda person, claim: assign_claim(person, claim.pk),
        "not_allowed",
        steps("assign"),
    ),
    "start": Race(
        submitted_claim,
        lambda: (supervisor(), supervisor()),
        lambda person, claim: start_claim(person, claim.pk),
        "not_allowed_now",
        steps("start"),
    ),
    "approve": Race(
        lambda: started_claim(supervisor()),
        lambda: (supervisor(), supervisor()),
        lambda person, claim: approve_claim(person, claim.pk),
        "not_allowed_now",
        steps("approve"),
    ),
    "send back a request to approve": Race(
        lambda: approve_claim(maker := limited("100.00"), started_claim(maker).pk),
        lambda: (supervisor(), supervisor()),
        lambda person, claim: withdraw_approval(person, claim.pk, reason="The deductible is missing"),
        "not_allowed_now",
        steps("withdraw"),
    ),
    "pay": Race(
        lambda: approved_claim(adjuster(), "20.00"),
        lambda: (staff("Finance"), staff("Finance")),
        lambda person, claim: pay_claim(person, claim.pk),
        "over_approved",
        lambda claim: claim.payments.count(),
    ),
    "approve the payment": Race(
        claim_with_a_request_above_authority,
        lambda: (supervisor(), supervisor()),
        lambda person, claim: approve_payment(person, claim.payments.get().pk),
        "not_allowed_now",
        steps("approve_payment"),
    ),
    "close": Race(
        paid_claim,
        lambda: (supervisor(), supervisor()),
        lambda person, claim: close_claim(person, claim.pk),
        "not_allowed_now",
        steps("close"),
    ),
    "name a claimant": Race(
        submitted_claim,
        lambda: (supervisor(), supervisor()),
        lambda person, claim: add_claimant(person, claim.pk, NORA),
        "claims_already",
        lambda claim: claim.claimants.count(),
    ),
    "end a claimant": Race(
        claim_with_a_claimant,
        lambda: (supervisor(), supervisor()),
        lambda person, claim: end_claimant(person, claim.pk, claim.claimants.get().pk, reason="Paid by her insurer"),
        "ended",
        steps("end_claimant"),
    ),
}

# By the database: the clock of the payment runs once at a time; what was approved of a payment is never changed; a claimant ends once.
ALSO_KEPT = {"approve", "approve the payment", "end a claimant"}


def run(race: Race, claim: Claim) -> list[str]:
    """What the two get: "done", or how they were refused; "kept" by the database itself, with no word for people."""
    barrier, outcomes = threading.Barrier(2), []

    def go(person: User) -> None:
        barrier.wait()
        try:
            race.act(person, claim)
            outcomes.append("done")
        except DomainError as refused:
            outcomes.append(refused.code)
        except IntegrityError:
            outcomes.append("kept")
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(person,)) for person in race.people()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@contextmanager
def without_the_lock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both read before either writes."""
    both = threading.Barrier(2)

    def unlocked(rows: Any, pk: UUID, version: int | None = None) -> Any:
        row = get_or_refuse(rows.select_related(None), pk)
        both.wait(timeout=5)
        return row

    with monkeypatch.context() as patch:
        for room in (paying, moving, handling):
            patch.setattr(room, "locked", unlocked)
        # The policy is locked before the claim, and would keep the two apart as well.
        patch.setattr(moving, "_policy_of", lambda claim_id: Claim.objects.select_related("policy").get(pk=claim_id).policy)
        yield


@contextmanager
def without_the_version(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Who writes second has read what the first one wrote, or so the version says."""

    def unchecked(instance: DomainModel, **values: Any) -> None:
        stored = type(instance)._base_manager.select_for_update().filter(pk=instance.pk)
        instance.version = stored.values_list("version", flat=True).get()
        audit.change(instance, **values)

    with monkeypatch.context() as patch:
        for room in (moving, ledger, clocks, diary):
            patch.setattr(room, "change", unchecked)
        yield


@pytest.mark.parametrize("name", RACES)
def test_of_two_at_the_same_instant_exactly_one_does_it(name: str) -> None:
    race, once = RACES[name], 0
    for _ in range(PAIRS):
        claim = race.claim()
        assert run(race, claim) == sorted(["done", race.refused])
        assert race.once(claim) == 1
        once += 1
    figure("R12", f"{name}: {PAIRS} pairs, {once} times one effect, the other told {race.refused}")


@pytest.mark.parametrize("name", RACES)
def test_without_the_lock_they_would_not_be_kept_apart(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both find the claim as it was; what is left is the version, or the database: too late, and without a reason for people."""
    race = RACES[name]
    claim = race.claim()
    with without_the_lock(monkeypatch):
        outcome = run(race, claim)
    figure("R12", f"{name} without the lock: {' and '.join(outcome)}")
    assert outcome in (["done", "kept"], ["done", "stale"])
    assert race.once(claim) == 1


@pytest.mark.parametrize("name", RACES)
def test_without_lock_and_version_it_happens_twice(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """So it is these two that have it happen once, and not chance; where they are not alone, the database itself is the third."""
    race = RACES[name]
    claim = race.claim()
    with without_the_lock(monkeypatch), without_the_version(monkeypatch):
        outcomes = run(race, claim)
    figure("R12", f"{name} without lock and version: {' and '.join(outcomes)}, {race.once(claim)} effects")
    assert (outcomes, race.once(claim)) == ((["done", "kept"], 1) if name in ALSO_KEPT else (["done", "done"], 2))
