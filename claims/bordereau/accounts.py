"""The customers and policies that a bordereau implies.

The book says of a claim's policy only the cover, its limit and its deductible. So somebody is assumed to have held such a
cover in annual terms, and each loss falls into the term that contains it. Most losses are somebody's only one; some people
had several, and some insured both their house and their car. The same file always gives the same accounts.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from claims.bordereau.lines import ClosedClaim, Product
from claims.bordereau.people import SEED, Person, invent
from vanguard.money import to_cents

MOST_CLAIMS_A_COVER = 5
SAME_COVER, OTHER_COVER = 0.25, 0.15

Terms = tuple[str, Decimal, Decimal]
# Dollars a year in 2008 for the first dollar of limit and for each further one; no actuary has signed these.
RATES = {"homeowners": (Decimal(400), Decimal("0.0034")), "personal_auto": (Decimal(300), Decimal("0.0150"))}
YEARLY_RISE = Decimal("1.025")
BOOK_STARTS = 2008


@dataclass(slots=True, eq=False)
class Account:
    """One customer."""

    number: int
    person: Person
    covers: list["Cover"] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Cover:
    """One cover that a customer held from year to year, on the same terms, always from the same day of the year."""

    account: Account
    number: int
    product: Product
    limit: Decimal
    deductible: Decimal
    month: int
    day: int
    relativity: Decimal
    losses: set[datetime] = field(default_factory=set)

    def term_of(self, loss: datetime) -> "Term":
        """The annual term that contains the instant of loss."""
        starts = datetime(loss.year, self.month, self.day, tzinfo=UTC)
        return Term(self, loss.year if starts <= loss else loss.year - 1)


@dataclass(frozen=True, slots=True)
class Term:
    """One policy: a year of a cover."""

    cover: Cover
    year: int

    @property
    def policy_number(self) -> str:
        return f"{self.cover.product.code}-{self.cover.number:06d}-{self.year}"

    @property
    def start(self) -> datetime:
        return datetime(self.year, self.cover.month, self.cover.day, tzinfo=UTC)

    @property
    def end(self) -> datetime:
        return datetime(self.year + 1, self.cover.month, self.cover.day, tzinfo=UTC)

    @property
    def premium(self) -> Decimal:
        base, per_dollar = RATES[self.cover.product.policy_type]
        return to_cents((base + per_dollar * self.cover.limit) * self.cover.relativity * YEARLY_RISE ** (self.year - BOOK_STARTS))


def place(claims: Iterable[ClosedClaim]) -> list[tuple[ClosedClaim, Term]]:
    """Each claim with the policy that it is made on."""
    return _Placing().place(claims)


class _Placing:
    def __init__(self) -> None:
        self._rng = Random(SEED)  # noqa: S311  # invents people, guards nothing
        self._accounts: list[Account] = []
        self._covers: dict[Terms, list[Cover]] = defaultdict(list)

    def place(self, claims: Iterable[ClosedClaim]) -> list[tuple[ClosedClaim, Term]]:
        claims = list(claims)
        # Nobody may have been a child when they took out their first cover.
        self._adult_by = min((claim.incident for claim in claims), default=datetime.now(UTC)).date() - timedelta(days=366)
        placed = []
        for claim in claims:
            cover = self._cover_held_already(claim) or self._new_cover(claim)
            cover.losses.add(claim.incident)
            placed.append((claim, cover.term_of(claim.incident)))
        return placed

    def _cover_held_already(self, claim: ClosedClaim) -> Cover | None:
        candidates = self._covers[_terms(claim)]
        if not candidates or self._rng.random() >= SAME_COVER:
            return None
        cover = self._rng.choice(candidates)
        # Two claims for the same cover and day would look like one claim filed twice.
        is_free = claim.incident not in cover.losses and len(cover.losses) < MOST_CLAIMS_A_COVER
        return cover if is_free else None

    def _new_cover(self, claim: ClosedClaim) -> Cover:
        account = self._account_without(claim.product) or self._new_account(claim)
        cover = Cover(
            account=account,
            number=claim.number,
            product=claim.product,
            limit=claim.limit,
            deductible=claim.deductible,
            month=self._rng.randint(1, 12),
            day=self._rng.randint(1, 28),
            relativity=Decimal(self._rng.randint(80, 140)) / 100,
        )
        account.covers.append(cover)
        self._covers[_terms(claim)].append(cover)
        return cover

    def _account_without(self, product: Product) -> Account | None:
        if not self._accounts or self._rng.random() >= OTHER_COVER:
            return None
        account = self._rng.choice(self._accounts)
        return None if any(cover.product == product for cover in account.covers) else account

    def _new_account(self, claim: ClosedClaim) -> Account:
        account = Account(claim.number, invent(str(claim.number), self._rng, self._adult_by))
        self._accounts.append(account)
        return account


def _terms(claim: ClosedClaim) -> Terms:
    return claim.product.policy_type, claim.limit, claim.deductible
