"""The ways in. An example is written once; each way sends its steps as its users do, and reads what they are shown."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from claims.models import Claim
from policies.models import Policy
from policies.products.models import ProductVersion
from tests.factories import CustomerFactory, adjuster, staff, supervisor, underwriter
from vanguard.accounts.models import User

HOUSE, RENTED, OTHER = "homeowners", "renters", "antiques"


class Refused(Exception):
    """What the answer says is wrong."""


@dataclass(frozen=True, slots=True)
class Refund:
    """How the written premium is divided when a policy is cancelled, as it is shown before."""

    earned: Decimal
    kept: Decimal
    refund: Decimal


@dataclass(frozen=True, slots=True)
class Endorsed:
    """The premium of each segment after an endorsement, and by how much the whole changes, as they are shown before."""

    shares: list[Decimal]
    change: Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """A claim's line that adds up: paid + outstanding − recovered = incurred."""

    paid: Decimal
    outstanding: Decimal
    incurred: Decimal


class Way(ABC):
    """One way in. What is refused raises Refused with the words of the refusal, and what is booked is what was shown before."""

    def __init__(self, zone: str = "UTC") -> None:
        # In which staff read and write their days and hours.
        self.zone = zone

    @cached_property
    def underwriter(self) -> User:
        return underwriter(time_zone=self.zone)

    @cached_property
    def second_underwriter(self) -> User:
        return underwriter(time_zone=self.zone)

    @cached_property
    def adjuster(self) -> User:
        return adjuster(time_zone=self.zone)

    @cached_property
    def supervisor(self) -> User:
        return supervisor(time_zone=self.zone)

    @cached_property
    def finance(self) -> User:
        return staff("Finance", time_zone=self.zone)

    def book(
        self, start: str, end: str, premium: str, *, kind: str = HOUSE, limit: str = "25000.00", deductible: str = "1000.00"
    ) -> Policy:
        """New business of a new customer; start and end as `moment` reads them."""
        return self._book(CustomerFactory.create().email, start, end, Decimal(premium), kind, Decimal(limit), Decimal(deductible))

    def cancel(self, policy: Policy, at: str, *, kept: str | None = None) -> Refund:
        """Pro rata, or short rate where a part of the unearned premium is kept."""
        shown = self._cancel(policy, at, Decimal(kept) if kept else None)
        assert _last_change(policy) == -shown.refund
        return shown

    def reinstate(self, policy: Policy, at: str = "") -> Decimal:
        """Without a gap, or from a moment on; what is charged again."""
        charged = self._reinstate(policy, at)
        assert _last_change(policy) == charged
        return charged

    def factor(self, policy: Policy, at: str, name: str, value: str) -> Endorsed:
        """A rating factor from a moment on."""
        shown = self._factor(policy, at, name, value)
        assert _last_change(policy) == shown.change
        return shown

    @abstractmethod
    def _book(self, email: str, start: str, end: str, premium: Decimal, kind: str, limit: Decimal, deductible: Decimal) -> Policy: ...

    @abstractmethod
    def _cancel(self, policy: Policy, at: str, kept: Decimal | None) -> Refund: ...

    @abstractmethod
    def _reinstate(self, policy: Policy, at: str) -> Decimal: ...

    @abstractmethod
    def _factor(self, policy: Policy, at: str, name: str, value: str) -> Endorsed: ...

    @abstractmethod
    def raise_limit(self, policy: Policy, at: str, limit: str, *, statement: str = "") -> None: ...

    @abstractmethod
    def approve_endorsement(self, policy: Policy, by: User) -> None: ...

    @abstractmethod
    def renew(self, policy: Policy) -> Policy: ...

    @abstractmethod
    def pay_in_instalments(self, policy: Policy) -> list[Decimal]:
        """By the month; the instalments as they are shown."""

    @abstractmethod
    def pay_premium(self, policy: Policy, amount: str, received: str = "") -> None: ...

    @abstractmethod
    def owed(self, policy: Policy) -> Decimal:
        """The balance of the policy's account."""

    @abstractmethod
    def file(
        self, policy: Policy, loss: str, *, amount: str = "5000.00", kind: str = "water_damage", reported: str = "", state: str = ""
    ) -> Claim:
        """A first notice, by an adjuster."""

    @abstractmethod
    def status_of(self, claim: Claim) -> str:
        """As it is shown: pending, processing, approved, denied."""

    @abstractmethod
    def start(self, claim: Claim) -> None:
        """The adjuster takes the claim and begins."""

    @abstractmethod
    def approve(self, claim: Claim, by: User) -> Decimal | None:
        """All that is payable: the amount, or None where it waits for another person."""

    @abstractmethod
    def reserve(self, claim: Claim, amount: str, by: User) -> None: ...

    @abstractmethod
    def pay(self, claim: Claim, amount: str, by: User) -> str:
        """What became of it: requested (waits for a second person), approved, issued."""

    @abstractmethod
    def approve_payment(self, claim: Claim, by: User) -> None:
        """The one that waits."""

    @abstractmethod
    def clear_payment(self, claim: Claim) -> None:
        """The one that was issued."""

    @abstractmethod
    def close(self, claim: Claim) -> None: ...

    @abstractmethod
    def reopen(self, claim: Claim) -> None: ...

    @abstractmethod
    def money(self, claim: Claim) -> Money: ...

    @abstractmethod
    def deadlines(self, claim: Claim) -> Mapping[str, str]:
        """Reason to day: "15 days after the report, 19 Dec" to "2026-01-03"."""


def _last_change(policy: Policy) -> Decimal:
    version = policy.versions.last()
    assert version is not None
    return version.premium_change


def rule_for(policy: Policy, claim_type: str) -> str:
    """How the product that the policy is pinned to settles such a loss."""
    version = policy.product_version
    assert isinstance(version, ProductVersion)
    return next(cover.settlement_rule for cover in version.coverages.all() if claim_type in cover.claim_types)
