"""Open claims of the last weeks, so that the queues have work: invented, always alike, dated from the moment they are made."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from claims.bordereau.bulk import insert_all
from claims.bordereau.people import SEED
from claims.clocks.jurisdiction import jurisdiction_of
from claims.clocks.models import Clock
from claims.clocks.reading import rules_of
from claims.clocks.running import Rules
from claims.decisions.models import CoverageCheck
from claims.demo.covers import Clients, cover_of
from claims.demo.life import REOPENED, STEPS_TO, Cast, Life
from claims.demo.people import COLLEAGUES, LOG_INS, POLICYHOLDER
from claims.demo.stories import AUTO, DENIALS, HOME, LARGE_PERILS, LOTS, NOTES, POLICYHOLDERS_LOTS, QUESTIONS, REOPENINGS, Cover, Lot, Peril
from claims.models import Claim, ClaimNote, ClaimTransition, LedgerEntry, Stage
from claims.rules import check_cover, check_dates
from customers.models import Customer
from policies.models import Policy, PolicySegment, PolicyTransition, PolicyVersion
from policies.reading import promises_of_book
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work
from vanguard.money import to_cents
from vanguard.numbers import next_number
from vanguard.validation import check

# So many days has the clock that runs in each stage, by the company's standard; it starts with the report, but for the last two stages
# and for what was reopened.
DAYS = {
    Stage.REPORTED: 15,
    Stage.ASSIGNED: 15,
    Stage.COVERAGE_CHECK: 40,
    Stage.INVESTIGATION: 40,
    Stage.EVALUATION: 40,
    Stage.AWAITING_APPROVAL: 40,
    Stage.PAYMENT_PENDING: 30,
    Stage.DENIED: 30,
}
FROM_THE_LAST_STEP = (Stage.PAYMENT_PENDING, Stage.DENIED)
MOMENT = timedelta(minutes=20)


@dataclass(frozen=True, slots=True)
class Plan:
    """One claim to be: where it stands, when each step was, which of the adjusters has it, whether the demo's policyholder made it."""

    lot: Lot
    times: list[datetime]
    turn: int
    is_policyholders: bool


def open_claims_are_there() -> bool:
    """They come with the demo policyholder's customer record, in one transaction."""
    return Customer.objects.filter(email=POLICYHOLDER.email).exists()


def make_open_claims() -> int:
    """Make them, all or none. Returns how many."""
    with unit_of_work(None):
        return _Writing(Random(SEED), timezone.now()).write()  # noqa: S311  # invents people, guards nothing


def plans(rng: Random, now: datetime) -> list[Plan]:
    """All claims to be, in the order of their reports."""
    made = []
    for place, lot in enumerate(LOTS):
        for index in range(lot.count):
            due_in = lot.first + (lot.last - lot.first) * index / (lot.count - 1)
            own = index == 0 and place in POLICYHOLDERS_LOTS
            made.append(Plan(lot, _times(lot, due_in, rng, now), turn=index, is_policyholders=own))
    return sorted(made, key=lambda plan: plan.times[0])


def _times(lot: Lot, due_in: float, rng: Random, now: datetime) -> list[datetime]:
    """When it was reported and when each step was taken, so that the next deadline is `due_in` days from now.

    Where the insured lives in a state with days of its own, it is on another one.
    """
    steps = len(_steps(lot))
    started = now + timedelta(days=due_in - DAYS[lot.stage])
    # Work is done by day; what is due today stays due today.
    anchor = min(started.replace(hour=rng.randint(8, 17), minute=rng.randrange(60), second=0, microsecond=0), now - MOMENT)
    if lot.reopened or lot.stage in FROM_THE_LAST_STEP:
        reported = anchor - timedelta(days=rng.uniform(9, 32))
        return [reported, *_between(reported, anchor, steps - 1, rng), anchor]
    return [anchor, *_between(anchor, now, steps, rng)]


def _steps(lot: Lot) -> tuple[str, ...]:
    return REOPENED if lot.reopened else STEPS_TO[lot.stage]


def _between(start: datetime, end: datetime, count: int, rng: Random) -> Iterator[datetime]:
    # Most steps are taken early on.
    for share in sorted(rng.uniform(0.05, 0.95) ** 1.5 for _ in range(count)):
        yield (start + (end - start) * share).replace(second=0, microsecond=0)


class _Writing:
    def __init__(self, rng: Random, now: datetime) -> None:
        self.rng = rng
        self.now = now
        self.clients = Clients(rng, now)
        people = {person.email: person for person in (*LOG_INS, *COLLEAGUES)}
        users = {user.email: user for user in User.objects.filter(email__in=people)}
        self.adjusters = [users[email] for email, person in people.items() if person.role == "Adjuster"]
        self.supervisors = [users[email] for email, person in people.items() if person.role == "Supervisor"]
        self.policyholder = users[POLICYHOLDER.email]
        self.rules: dict[str, Rules] = {}

    def write(self) -> int:
        own = self.clients.policyholder(self.policyholder)
        begun = self.now - timedelta(days=300)
        own_policy, _ = self.clients.policy(own, HOME, begun), self.clients.policy(own, AUTO, begun)
        lives = [self._life(plan, own_policy) for plan in plans(self.rng, self.now)]
        insert_all(Customer, self.clients.customers)
        insert_all(Policy, self.clients.policies)
        insert_all(PolicyTransition, self.clients.history())
        versions, segments = self.clients.versions()
        insert_all(PolicyVersion, versions)
        insert_all(PolicySegment, segments)
        insert_all(Claim, [life.claim for life in lives])
        insert_all(ClaimTransition, [step for life in lives for step in life.history])
        insert_all(ClaimNote, [note for life in lives for note in life.notes])
        insert_all(LedgerEntry, _on_their_lines(lives))
        insert_all(Clock, [clock for life in lives for clock in life.clocks])
        insert_all(CoverageCheck, [check for life in lives for check in life.checks()])
        for life in lives:
            life.keep_denials()
        return len(lives)

    def _life(self, plan: Plan, own_policy: Policy) -> Life:
        reported = plan.times[0]
        incident = reported - timedelta(days=self.rng.uniform(0.1, 8))
        if plan.is_policyholders:
            policy, reporter = own_policy, self.policyholder
        else:
            policy, reporter = self._new_policy(plan.lot, incident), self.rng.choice(self.adjusters)
        life = Life(self._claim(plan.lot, policy, incident, reported), self._cast(reporter, plan.turn))
        state = life.claim.jurisdiction
        if state not in self.rules:
            self.rules[state] = rules_of(state, self.now - timedelta(days=366))
        life.live(_steps(plan.lot), plan.times, self.rules[state])
        if life.claim.status != "pending":
            for at in _between(life.history[-1].at, self.now, self.rng.randint(0, 2), self.rng):
                life.note(at, self.rng.choice(NOTES))
        return life

    def _new_policy(self, lot: Lot, incident: datetime) -> Policy:
        cover = HOME if lot.losses or self.rng.random() < 0.55 else AUTO
        return self.clients.policy(self.clients.customer(), cover, incident - timedelta(days=self.rng.uniform(12, 320)))

    def _claim(self, lot: Lot, policy: Policy, incident: datetime, reported: datetime) -> Claim:
        peril = self._peril(cover_of(policy), lot)
        claim = Claim(
            claim_number=next_number("CLM", reported.year, lambda number: Claim.objects.filter(claim_number=number).exists()),
            policy=policy,
            claim_type=peril.claim_type,
            claim_amount=self._amount(lot, peril, policy),
            description=self.rng.choice(peril.reports),
            incident_date=incident,
            reported_date=reported,
            jurisdiction=jurisdiction_of(policy.customer.address),
        )
        refusal = check_cover(policy, incident)
        dates = check_dates(incident_date=incident, reported_date=reported, now=self.now)
        check(claim, *dates, *([refusal] if refusal else []))
        return claim

    def _peril(self, cover: Cover, lot: Lot) -> Peril:
        perils = [peril for peril in cover.perils if not lot.losses or peril.claim_type in LARGE_PERILS]
        return self.rng.choices(perils, [peril.weight for peril in perils])[0]

    def _amount(self, lot: Lot, peril: Peril, policy: Policy) -> Decimal:
        """Small losses are frequent and large ones rare; what is to be paid is above what the insured bears."""
        least, most = lot.losses or (peril.least, peril.most)
        amount = to_cents(Decimal(least * (most / least) ** self.rng.random()))
        return max(amount, policy.deductible_amount + 200) if lot.stage == Stage.PAYMENT_PENDING else amount

    def _cast(self, reporter: User, turn: int) -> Cast:
        """The adjusters have claims of each stage and urgency in turn, the one who can log in first."""
        owner, supervisor = self.adjusters[turn % len(self.adjusters)], self.rng.choice(self.supervisors)
        return Cast(reporter, owner, supervisor, self.rng.choice(DENIALS), self.rng.choice(REOPENINGS), self.rng.choice(QUESTIONS))


def _on_their_lines(lives: list[Life]) -> list[LedgerEntry]:
    """What was set aside, each entry on the line of the coverage that answers its loss."""
    kinds = [(life.claim.policy.product_version_id, life.claim.claim_type) for life in lives]
    codes = promises_of_book(set(kinds))
    for life, kind in zip(lives, kinds, strict=True):
        for entry in life.entries:
            entry.coverage = codes[kind]
    return [entry for life in lives for entry in life.entries]
