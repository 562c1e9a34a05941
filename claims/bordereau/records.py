"""Checked lines to records: the claims, and the customers and policies that they imply."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from claims.bordereau.accounts import Account, Term
from claims.bordereau.checks import refusals_of
from claims.bordereau.lines import ClosedClaim
from claims.bordereau.refusals import Refusal
from claims.clocks.jurisdiction import jurisdiction_of
from claims.models import Claim, Stage, Status
from claims.rules import check_cover
from customers.models import Customer
from customers.rules import check_customer
from policies.models import Policy
from policies.products.pinning import Pins
from policies.rules import check_policy_terms
from vanguard.errors import FieldError
from vanguard.making import new
from vanguard.validation import field_errors

TAKEN_OVER = "Taken over from the PRISM bordereau, claim {}. The customer and the policy are invented."


@dataclass(slots=True)
class Book:
    """Everything that one file becomes. `refusals` says what the rules of our own records have against it."""

    moment: datetime
    pins: Pins
    customers: dict[Account, Customer] = field(default_factory=dict)
    policies: dict[Term, Policy] = field(default_factory=dict)
    claims: list[tuple[ClosedClaim, Claim]] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)

    @property
    def paid(self) -> Decimal:
        return sum((source.paid for source, _ in self.claims), Decimal("0.00"))

    def add(self, source: ClosedClaim, term: Term) -> None:
        """The claim, and its customer and policy where it is the first of theirs."""
        customer = self._customer(source, term.cover.account)
        policy = self._policy(source, term, customer)
        claim = _claim(source, policy, self.moment)
        cover = check_cover(policy, source.incident)
        self._note(source, [*field_errors(claim), *([cover] if cover else [])])
        self.claims.append((source, claim))

    def _customer(self, source: ClosedClaim, account: Account) -> Customer:
        if account not in self.customers:
            customer = self.customers[account] = _customer(account, self.moment)
            personal = check_customer(phone=customer.phone, date_of_birth=customer.date_of_birth, address=customer.address, ssn="")
            self._note(source, [*field_errors(customer), *personal])
        return self.customers[account]

    def _policy(self, source: ClosedClaim, term: Term, customer: Customer) -> Policy:
        if term not in self.policies:
            policy = self.policies[term] = _policy(term, customer, self.pins, self.moment)
            self._note(source, [*field_errors(policy), *check_policy_terms(start_date=term.start, end_date=term.end)])
        return self.policies[term]

    def _note(self, source: ClosedClaim, errors: list[FieldError]) -> None:
        self.refusals += refusals_of(source.line, errors)


def _customer(account: Account, moment: datetime) -> Customer:
    person = account.person
    return new(
        Customer,
        email=person.email,
        first_name=person.first_name,
        last_name=person.last_name,
        phone=person.phone,
        date_of_birth=person.date_of_birth,
        address=person.address,
        created_at=moment,
        updated_at=moment,
    )


def _policy(term: Term, customer: Customer, pins: Pins, moment: datetime) -> Policy:
    return new(
        Policy,
        policy_number=term.policy_number,
        customer=customer,
        policy_type=term.cover.product.policy_type,
        product_version=pins.version_for(term.cover.product.policy_type, term.start),
        premium_amount=term.premium,
        coverage_amount=term.cover.limit,
        deductible_amount=term.cover.deductible,
        start_date=term.start,
        end_date=term.end,
        status=Policy.Status.EXPIRED if term.end <= moment else Policy.Status.ACTIVE,
        created_at=moment,
        updated_at=moment,
    )


def _claim(source: ClosedClaim, policy: Policy, moment: datetime) -> Claim:
    status, stage = _outcome(source)
    return new(
        Claim,
        claim_number=source.claim_number,
        policy=policy,
        claim_type=source.product.claim_type,
        claim_amount=source.loss,
        amount_is_minimum=source.loss_is_minimum,
        status=status,
        stage=stage,
        description=TAKEN_OVER.format(source.number),
        incident_date=source.incident,
        reported_date=source.reported,
        jurisdiction=jurisdiction_of(policy.customer.address),
        processed_date=source.decided,
        closed_at=source.closed,
        approved_amount=source.paid if source.liable else None,
        paid_amount=source.paid,
        created_at=moment,
        updated_at=moment,
    )


def _outcome(source: ClosedClaim) -> tuple[Status, Stage]:
    if not source.liable:
        return Status.DENIED, Stage.DENIED
    return Status.APPROVED, Stage.PAID if source.paid else Stage.APPROVED
