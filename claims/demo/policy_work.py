"""Work for underwriters and Finance: quotes, quiet policies with their premiums, and policies on which more was booked than once."""

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from django.utils import timezone

from claims.bordereau.bulk import insert_all
from claims.bordereau.people import SEED
from claims.demo.covers import Clients
from claims.demo.people import COLLEAGUES, LOG_INS, POLICYHOLDER
from claims.demo.premiums import (
    ANNUAL,
    IN_GRACE,
    JUST_OVERDUE,
    PAID_UP,
    QUARTERLY,
    QUIET,
    Payer,
    adjust,
    chase,
    open_account,
    pay,
    refund_part,
    unallocated,
)
from claims.demo.quotes import ENQUIRIES, OPEN, Desk, make_quotes
from claims.demo.stories import AUTO, HOME
from claims.demo.unsaid import unsaid
from claims.models import Claim
from customers.models import Customer
from policies.billing.models import BillingAccount, Payment
from policies.models import Policy, PolicySegment, PolicyTransition, PolicyVersion
from policies.rules import Endorsement
from policies.services import cancel_policy, endorse_policy, reinstate_policy, renew_policy
from vanguard.accounts.models import User
from vanguard.audit import unit_of_work

STATEMENT = "Signed on the agent’s form: no loss is known to us beyond the one reported."


def make_policy_work() -> tuple[int, int]:
    """Make it, all or none. Returns how many quotes and how many accounts."""
    with unsaid(), unit_of_work(None):
        work = _Work(Random(SEED + 1), timezone.now())  # noqa: S311  # invents people, guards nothing
        quotes = work.quotes()
        work.premiums()
        return quotes, BillingAccount.objects.count()


class _Work:
    def __init__(self, rng: Random, now: datetime) -> None:
        self.rng = rng
        self.now = now
        people = {person.email: person for person in (*LOG_INS, *COLLEAGUES)}
        users = {user.email: user for user in User.objects.filter(email__in=people)}
        self.underwriter, *self.colleagues = (users[email] for email, person in people.items() if person.role == "Underwriter")
        self.finance = next(users[email] for email, person in people.items() if person.role == "Finance")

    def quotes(self) -> int:
        """For people who are no customers yet, and one for the demo's policyholder."""
        clients = Clients(self.rng, self.now, prefix="q")
        askers = [clients.customer() for _ in ENQUIRIES]
        insert_all(Customer, askers)
        askers[ENQUIRIES.index(OPEN[3])] = Customer.objects.get(email=POLICYHOLDER.email)
        return len(make_quotes(askers, Desk(self.underwriter, tuple(self.colleagues)), self.rng, self.now))

    def premiums(self) -> None:
        accounts, payments = self._quiet()
        self._of_claims(payments)
        chase(self.now)
        by_payer = dict(zip(QUIET, accounts, strict=True))
        adjust(self.finance, payments, by_payer[IN_GRACE[0]], by_payer[JUST_OVERDUE[0]])
        self._book_more([by_payer[payer].policy for payer in PAID_UP])
        unallocated(self.now)

    def _quiet(self) -> tuple[list[BillingAccount], list[Payment]]:
        """Policies on which nothing has happened but payments, or none."""
        clients = Clients(self.rng, self.now, prefix="p")
        for payer in QUIET:
            cover = HOME if self.rng.random() < 0.6 else AUTO
            policy = clients.policy(clients.customer(), cover, self.now - timedelta(days=payer.days))
            policy.start_date += timedelta(minutes=payer.minutes)
            policy.end_date += timedelta(minutes=payer.minutes)
        insert_all(Customer, clients.customers)
        insert_all(Policy, clients.policies)
        insert_all(PolicyTransition, clients.history())
        versions, segments = clients.versions()
        insert_all(PolicyVersion, versions)
        insert_all(PolicySegment, segments)
        return self._bill(list(zip(clients.policies, QUIET, strict=True)))

    def _of_claims(self, payments: list[Payment]) -> None:
        """The policyholder's own two, and some of those that claims are open on: all paid."""
        own = Policy.objects.filter(customer__email=POLICYHOLDER.email, status=Policy.Status.ACTIVE).exclude(quote__isnull=False)
        others = Policy.objects.filter(claims__in=Claim.objects.open()).exclude(pk__in=own.values("pk")).order_by("policy_number")
        billed = [*own.order_by("policy_number"), *others.distinct()[::48]]
        payments += self._bill([(policy, Payer(QUARTERLY if place % 2 else ANNUAL, 0)) for place, policy in enumerate(billed)])[1]
        self._ask_second_person(next(policy for policy in billed if policy.policy_type == HOME.policy_type and policy not in own))

    def _bill(self, payers: list[tuple[Policy, Payer]]) -> tuple[list[BillingAccount], list[Payment]]:
        accounts, payments = [], []
        for policy, payer in payers:
            accounts.append(open_account(policy, payer, self.now))
            payments += pay(self.finance, accounts[-1], payer, self.rng, self.now)
        return accounts, payments

    def _ask_second_person(self, policy: Policy) -> None:
        """A limit to be raised from before a known loss: a colleague asked, the underwriter may approve."""
        higher = {"coverage_amount": policy.coverage_amount + 50_000}
        asked = Endorsement(terms=higher, effective_at=policy.start_date, reason="Extension was left out.", no_known_loss=STATEMENT)
        endorse_policy(self.colleagues[0], policy.pk, asked)

    def _book_more(self, policies: list[Policy]) -> None:
        """Endorsed forwards and backdated, cancelled with money to give back, cancelled and reinstated, renewed."""
        renewed, _, endorsed, lowered, cancelled = policies[-5:]
        reinstated, corrected = policies[3], policies[4]
        self._endorse(endorsed, {"deductible_amount": endorsed.deductible_amount * 2}, "0.9200", 5, "Higher deductible, by e-mail.")
        self._endorse(endorsed, {"coverage_amount": endorsed.coverage_amount + 25_000}, "1.0800", 40, "New garage, told late.")
        self._endorse(lowered, {"deductible_amount": lowered.deductible_amount * 2}, "0.8500", 20, "Higher deductible from last month on.")
        self._endorse(corrected, {"coverage_amount": corrected.coverage_amount + 10_000}, "1.0500", -10, "More cover from next week on.")
        refund_part(self.finance, BillingAccount.objects.get(policy=lowered))
        cancel_policy(self.underwriter, cancelled.pk, effective_at=self.now - timedelta(days=2), method="short_rate")
        cancel_policy(self.colleagues[0], reinstated.pk, reason="underwriting", effective_at=self.now - timedelta(days=9))
        reinstate_policy(self.underwriter, reinstated.pk, reason="The inspection that was missing has come.")
        renew_policy(self.underwriter, renewed.pk)

    def _endorse(self, policy: Policy, terms: dict[str, Decimal], factor: str, days: int, reason: str) -> None:
        begins = self.now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days)
        name = "deductible" if "deductible_amount" in terms else "limit"
        asked = Endorsement(terms=terms, factors={name: Decimal(factor)}, effective_at=begins, reason=reason)
        endorse_policy(self.underwriter, policy.pk, asked)
