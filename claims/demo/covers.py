"""Customers and policies in force for the demo's open claims."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from claims.bordereau.people import Person, invent
from claims.demo.people import POLICYHOLDER
from claims.demo.stories import AUTO, HOME, Cover
from customers.models import Customer
from customers.rules import check_customer
from policies.models import Policy, PolicySegment, PolicyTransition, PolicyVersion
from policies.products.pinning import Pins
from policies.rules import check_policy_terms
from policies.services import first_version
from policies.terms import Kind
from vanguard.accounts.models import User
from vanguard.money import to_cents
from vanguard.numbers import next_number
from vanguard.validation import check

# So long ago, at most, did a policy begin that is still in force.
LONGEST_DAYS = 350


@dataclass(slots=True)
class Clients:
    """The customers and policies made so far, each checked by the rules of any other."""

    rng: Random
    now: datetime
    # Makes the e-mail addresses of one lot of people different from those of another.
    prefix: str = "n"
    pins: Pins = field(default_factory=Pins.read)
    customers: list[Customer] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)

    def customer(self) -> Customer:
        """Somebody new, invented."""
        person = invent(f"{self.prefix}{len(self.customers) + 1}", self.rng, date(self.now.year - 1, 1, 1))
        return self._keep(person, Customer(email=person.email, first_name=person.first_name, last_name=person.last_name))

    def policyholder(self, user: User) -> Customer:
        """The customer whom the demo's policyholder logs in as."""
        person = invent("policyholder", self.rng, date(self.now.year - 1, 1, 1))
        customer = Customer(email=POLICYHOLDER.email, first_name=POLICYHOLDER.first_name, last_name=POLICYHOLDER.last_name, user=user)
        return self._keep(person, customer)

    def policy(self, customer: Customer, cover: Cover, start: datetime) -> Policy:
        """A year's policy from the day of `start`, numbered like one that was booked by hand."""
        begins = max(start, self.now - timedelta(days=LONGEST_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
        limit = Decimal(self.rng.choice(cover.limits))
        policy = Policy(
            policy_number=next_number("POL", begins.year, lambda number: Policy.objects.filter(policy_number=number).exists()),
            customer=customer,
            policy_type=cover.policy_type,
            product_version=self.pins.version_for(cover.policy_type, begins),
            premium_amount=to_cents(limit * cover.premium_rate * self.rng.randint(80, 130) / 100),
            coverage_amount=limit,
            deductible_amount=Decimal(self.rng.choice(cover.deductibles)),
            start_date=begins,
            end_date=begins + timedelta(days=365),
        )
        check(policy, *check_policy_terms(start_date=policy.start_date, end_date=policy.end_date))
        self.policies.append(policy)
        return policy

    def history(self) -> list[PolicyTransition]:
        """Each policy was booked when it began, or now where it begins later."""
        return [
            PolicyTransition(policy=policy, at=min(policy.start_date, self.now), command="book", to_status=policy.status)
            for policy in self.policies
        ]

    def versions(self) -> tuple[list[PolicyVersion], list[PolicySegment]]:
        """The first version of each policy, and its one segment."""
        booked = [first_version(policy, Kind.NEW_BUSINESS, min(policy.start_date, self.now)) for policy in self.policies]
        return [version for version, _ in booked], [segment for _, segments in booked for segment in segments]

    def _keep(self, person: Person, customer: Customer) -> Customer:
        customer.phone, customer.address, customer.date_of_birth = person.phone, person.address, person.date_of_birth
        check(customer, *check_customer(phone=person.phone, date_of_birth=person.date_of_birth, address=person.address, ssn=""))
        self.customers.append(customer)
        return customer


def cover_of(policy: Policy) -> Cover:
    """The product that a policy was made of."""
    return HOME if policy.policy_type == HOME.policy_type else AUTO
