"""The money of a few claims as a model, and threads that do whatever they like to them at once. `python -m tests.faults.money STEPS`.

Each step holds the claim's row until the model has followed and both were compared: where the platform's lock were not one, they differ.
"""

import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import django
from django.conf import settings

if not settings.configured:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, Phase
from hypothesis import settings as told
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test
from psycopg.errors import LockNotAvailable

from claims import services
from claims.models import AuthorityLimit, Claim, ClaimPayment, LedgerEntry
from tests.factories import CustomerFactory, PolicyFactory, staff, started_claim, superuser, supervisor
from vanguard.accounts.models import User
from vanguard.errors import DomainError
from vanguard.money import ZERO

THREADS, CLAIMS, STEPS_OF_ONE = 8, 4, 50
AMOUNTS = st.decimals(min_value="0.01", max_value="3000.00", places=2)
WHICH, COST = st.integers(0, CLAIMS - 1), st.sampled_from(["indemnity", "expense"])
IN_FLIGHT, COUNTED = ("requested", "approved", "issued"), ("requested", "approved", "issued", "cleared")


@dataclass
class Payment:
    amount: Decimal
    cost: str
    status: str
    # What it took from what was set aside, and how many reserves had been set on its line by then.
    eroded: Decimal = ZERO
    after: int = 0

    @property
    def is_out(self) -> bool:
        return self.status in ("issued", "cleared")


@dataclass
class Line:
    outstanding: Decimal = ZERO
    paid: Decimal = ZERO
    recovered: Decimal = ZERO
    reserves: int = 0

    def reserve(self, amount: Decimal) -> None:
        self.outstanding, self.reserves = amount, self.reserves + 1


@dataclass
class Money:
    """What docs/claims-money.md says of one claim's money, in plain Python."""

    claim_id: Any
    lines: dict[str, Line] = field(default_factory=lambda: {"indemnity": Line(), "expense": Line()})
    payments: dict[Any, Payment] = field(default_factory=dict)
    recoveries: dict[Any, Decimal] = field(default_factory=dict)
    approved: Decimal | None = None
    is_open: bool = True

    def goes_out(self, payment: Payment) -> None:
        line = self.lines[payment.cost]
        payment.eroded, payment.after, payment.status = min(line.outstanding, payment.amount), line.reserves, "issued"
        line.outstanding -= payment.eroded
        line.paid += payment.amount

    def comes_back(self, payment: Payment, status: str) -> None:
        line = self.lines[payment.cost]
        if payment.is_out:
            line.paid -= payment.amount
            if self.is_open and payment.after == line.reserves:
                line.outstanding += payment.eroded
        payment.status = status

    def closes(self) -> None:
        for line in self.lines.values():
            if line.outstanding:
                line.reserve(ZERO)
        self.is_open = False

    def reopens(self) -> None:
        self.is_open, self.approved = True, None

    def violations(self) -> list[str]:
        """Of the model against its own rules, and of the database against the model. To be asked while the claim is held."""
        claim = Claim.objects.get(pk=self.claim_id)
        booked = {cost: (b.outstanding, b.paid, b.recovered) for (_, cost), b in claim.entries.all().lines().items()}
        mine = {cost: (line.outstanding, line.paid, line.recovered) for cost, line in self.lines.items()}
        stands = {p.pk: (p.status, p.amount) for p in ClaimPayment.objects.filter(claim=claim).exclude(status="reversal")}
        committed = sum((p.amount for p in self.payments.values() if p.cost == "indemnity" and p.status in COUNTED), ZERO)
        total = [sum(amounts) for amounts in zip(*mine.values(), strict=True)]
        rules = {
            "the ledger is the model's": {cost: booked.get(cost, (ZERO, ZERO, ZERO)) for cost in mine} == mine,
            "the payments are the model's": stands == {pk: (p.status, p.amount) for pk, p in self.payments.items()},
            "what the claim says was paid": claim.paid_amount == self.lines["indemnity"].paid,
            "what was approved": claim.approved_amount == self.approved,
            "open or closed": claim.is_open == self.is_open,
            "nothing is below nought": all(amount >= 0 for line in mine.values() for amount in line),
            "no more came back than was paid": total[2] <= total[1],
            "no more is paid or asked for than was approved": self.approved is None or committed <= self.approved,
            "nothing is left on a closed file": self.is_open
            or (not total[0] and not any(p.status in IN_FLIGHT for p in self.payments.values())),
        }
        return [name for name, holds in rules.items() if not holds]


class Desk:
    """What all threads share."""

    def __init__(self, people: list[User], money: list[Money], steps: int) -> None:
        self.people, self.money, self.steps = people, money, steps
        self.done: Counter[str] = Counter()
        self.violations: list[str] = []
        self.lock = threading.Lock()

    def count(self, name: str, violations: list[str]) -> None:
        with self.lock:
            self.done[name] += 1
            self.violations += [f"{name}: {each}" for each in violations]

    @property
    def is_over(self) -> bool:
        return sum(self.done.values()) >= self.steps or bool(self.violations)


def machine(desk: Desk, actor: User) -> type[RuleBasedStateMachine]:
    """One person's steps; what others do comes in between."""

    class Hand(RuleBasedStateMachine):
        def attempt(self, which: int, name: str, act: Callable[[Money], None]) -> None:
            if desk.is_over:
                return
            money = desk.money[which]
            wrong: list[str] = []
            try:
                with transaction.atomic():
                    act(money)
                    wrong = money.violations()
            except DomainError as refused:
                name = f"refused: {refused.code}"
            except OperationalError as error:
                # On a machine that is slow enough; callers of the API are told 503, and nothing was done.
                if not isinstance(error.__cause__, LockNotAvailable):
                    raise
                name = "waited too long for the others"
            desk.count(name, wrong)

        def newest(self, money: Money) -> ClaimPayment:
            return ClaimPayment.objects.filter(claim_id=money.claim_id, requested_by=actor).latest("created_at", "id")

        @rule(which=WHICH, amount=st.one_of(st.just(ZERO), AMOUNTS), cost=COST)
        def reserve(self, which: int, amount: Decimal, cost: str) -> None:
            def act(money: Money) -> None:
                services.set_reserve(actor, money.claim_id, amount=amount, reason="Estimate", cost_type=cost)
                money.lines[cost].reserve(amount)

            self.attempt(which, "reserve", act)

        @rule(which=WHICH, amount=AMOUNTS, cost=COST, elsewhere=st.booleans())
        def pay(self, which: int, amount: Decimal, cost: str, elsewhere: bool) -> None:
            def act(money: Money) -> None:
                services.pay_claim(actor, money.claim_id, amount=amount, cost_type=cost, payee="A garage" if elsewhere else "")
                made = self.newest(money)
                payment = money.payments[made.pk] = Payment(made.amount, cost, made.status)
                if made.status == "issued":
                    money.goes_out(payment)

            self.attempt(which, "pay", act)

        @rule(which=WHICH, place=st.integers(0, 50), verb=st.sampled_from(["approve", "issue", "clear", "stop", "void"]))
        def on_a_payment(self, which: int, place: int, verb: str) -> None:
            def act(money: Money) -> None:
                # Known before the lock is held, as a person reads a page before they act.
                known = list(money.payments)[-8:]
                if not known:
                    raise DomainError("There is no payment.")
                pk = known[place % len(known)]
                if verb in ("stop", "void"):
                    VERBS[verb](actor, pk, reason="Wrong")
                    money.comes_back(money.payments[pk], {"stop": "stopped", "void": "voided"}[verb])
                else:
                    VERBS[verb](actor, pk)
                    if verb == "issue":
                        money.goes_out(money.payments[pk])
                    else:
                        money.payments[pk].status = {"approve": "approved", "clear": "cleared"}[verb]

            self.attempt(which, verb, act)

        @rule(which=WHICH, amount=AMOUNTS, source=st.sampled_from(["salvage", "subrogation", "deductible"]))
        def recover(self, which: int, amount: Decimal, source: str) -> None:
            def act(money: Money) -> None:
                services.record_recovery(actor, money.claim_id, amount=amount, source=source)
                entry = LedgerEntry.objects.filter(claim_id=money.claim_id, kind="recovery", actor=actor).latest("booked_at", "id")
                money.recoveries[entry.pk] = amount
                money.lines["indemnity"].recovered += amount

            self.attempt(which, "recover", act)

        @rule(which=WHICH, place=st.integers(0, 50))
        def take_a_recovery_back(self, which: int, place: int) -> None:
            def act(money: Money) -> None:
                known = list(money.recoveries)[-5:]
                if not known:
                    raise DomainError("There is no recovery.")
                pk = known[place % len(known)]
                services.reverse_recovery(actor, pk, reason="It bounced")
                money.lines["indemnity"].recovered -= money.recoveries[pk]

            self.attempt(which, "take a recovery back", act)

        @rule(which=WHICH, again=st.booleans())
        def close_or_reopen(self, which: int, again: bool) -> None:
            def act(money: Money) -> None:
                if again:
                    services.reopen_claim(actor, money.claim_id, reason="One more invoice")
                    money.reopens()
                else:
                    # Held from here on, so that what is in flight does not change: nothing would ever close among so many payments.
                    Claim.objects.select_for_update().get(pk=money.claim_id)
                    waiting = [pk for pk, payment in money.payments.items() if payment.status in IN_FLIGHT]
                    for pk in waiting:
                        services.stop_payment(actor, pk, reason="The file is to be closed")
                    services.close_claim(actor, money.claim_id)
                    for pk in waiting:
                        money.comes_back(money.payments[pk], "stopped")
                    money.closes()

            self.attempt(which, "reopen" if again else "close", act)

        @rule(which=WHICH)
        def approve_the_claim(self, which: int) -> None:
            def act(money: Money) -> None:
                money.approved = services.approve_claim(actor, money.claim_id, reason="Again").approved_amount

            self.attempt(which, "approve the claim", act)

    return Hand


VERBS: dict[str, Callable[..., Claim]] = {
    "approve": services.approve_payment,
    "issue": services.issue_payment,
    "clear": services.clear_payment,
    "stop": services.stop_payment,
    "void": services.void_payment,
}


def work(desk: Desk, actor: User) -> None:
    """Histories of some steps each, one after another, until all have done enough."""
    hand = machine(desk, actor)
    only = told(
        max_examples=25,
        stateful_step_count=STEPS_OF_ONE,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    try:
        while not desk.is_over:
            run_state_machine_as_test(hand, settings=only)
    except BaseException as error:
        desk.count("crashed", [repr(error)])
        raise
    finally:
        connection.close()


def finance(**fields: Any) -> User:
    return staff("Finance", **fields)


def run(steps: int) -> Desk:
    """Until so many steps were done, refused ones among them, or one has left something wrong."""
    CustomerFactory.reset_sequence(1_000)  # type: ignore[no-untyped-call]  # the first ones are there already
    PolicyFactory.reset_sequence(1_000)  # type: ignore[no-untyped-call]  # the same
    # Some are allowed everything, some ask for much of what they do, and some carry out.
    AuthorityLimit.objects.filter(role__name="Supervisor").update(amount=Decimal("500.00"))
    roles: list[Callable[..., User]] = [superuser, supervisor, superuser, supervisor, superuser, supervisor, finance, finance]
    people = [role(email=f"hand{number}@vanguard.example") for number, role in enumerate(roles)]
    claims = [
        started_claim(people[0], PolicyFactory.create(coverage_amount=Decimal("100000.00")), claim_amount=Decimal("40000.00"))
        for _ in range(CLAIMS)
    ]
    desk = Desk(people, [Money(claim.pk) for claim in claims], steps)
    threads = [threading.Thread(target=work, args=(desk, person)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return desk


if __name__ == "__main__":
    ended = run(int(sys.argv[1]))
    print(json.dumps({"done": dict(ended.done.most_common()), "violations": ended.violations[:20]}))
