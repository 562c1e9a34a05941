"""Which promise of a policy's product answers a type of loss, and how that one is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from policies.models import Policy
from policies.products.models import Coverage
from policies.reading.published import Published


@dataclass(frozen=True, slots=True)
class Promise:
    """A coverage as a claim needs it. A policy of no product has one without a code: limit less deductible, no aggregate."""

    code: str = ""
    name: str = "Cover of the policy"
    product_version: int | None = None
    rule: str = Coverage.SettlementRule.LIMIT_LESS_DEDUCTIBLE
    aggregate: Decimal | None = None
    claim_types: tuple[str, ...] = ()
    valuation: str = Coverage.Valuation.REPLACEMENT_COST
    # Then its limit and deductible are the policy's.
    is_principal: bool = False

    def names(self, claim_type: str) -> bool:
        """Whether it is promised for this type of loss; a policy of no product names none, and promises for all."""
        return not self.code or claim_type.lower() in self.claim_types


@dataclass(frozen=True, slots=True)
class Promises:
    """All that the product version of a policy promises; of a policy of no product it holds nothing."""

    all: tuple[Promise, ...] = ()

    @property
    def kinds(self) -> list[str]:
        """The types of claim that a coverage names."""
        return sorted({kind for each in self.all for kind in each.claim_types})

    @property
    def with_aggregate(self) -> list[Promise]:
        """Those that pay only so much for all losses of a term."""
        return [each for each in self.all if each.aggregate is not None]

    def answering(self, claim_type: str) -> Promise:
        """The coverage that answers `claim_type`; where none does, the principal one."""
        return _answering(self.all, claim_type) or Promise()

    def paying(self, code: str, claim_type: str) -> Promise:
        """The coverage of this code. What names none of these (a payment from before the policy was on this version) is under the one
        that answers the loss."""
        return next((each for each in self.all if each.code == code), None) or self.answering(claim_type)


def _of(found: Coverage) -> Promise:
    types, version = tuple(found.claim_types), found.product_version.number
    return Promise(found.code, found.name, version, found.settlement_rule, found.aggregate, types, found.valuation, found.is_principal)


def _promises(rows: Sequence[Coverage]) -> Promises:
    return Promises(tuple(_of(each) for each in rows))


_published = Published(Coverage.objects.all(), _promises)


def promises_in(version: UUID | None) -> Promises:
    """What the product version of this key promises."""
    return _published.of(version) if version else Promises()


def promises_held(policy: Policy) -> Promises:
    """What the product version promises that the policy is pinned to."""
    return promises_in(policy.product_version_id)


def promise_for(policy: Policy, claim_type: str) -> Promise:
    """The coverage of the product version the policy is pinned to that answers `claim_type`; where none does, the principal one."""
    return promises_held(policy).answering(claim_type)


def promises_of(version: UUID | None) -> dict[str, Promise]:
    """The promises of a version by claim type, in lower case; "" is every type that it does not name."""
    promises = promises_in(version)
    return {kind: promises.answering(kind) for kind in ("", *promises.kinds)}


def coverages_of(policy: Policy) -> dict[str, str]:
    """The names of the product version's coverages by code; of a policy of no product there are none to name."""
    return {each.code: each.name for each in promises_held(policy).all}


def rules_of(policy: Policy) -> tuple[tuple[str, str], ...]:
    """How a loss is settled under each coverage: name, settlement rule. A policy of no product has one rule, without a name."""
    return tuple((each.name, each.rule) for each in promises_held(policy).all) or (("", Promise().rule),)


def codes_with_own(policy: Policy) -> frozenset[str]:
    """The coverages that may have figures of their own: those of the product's version, without the principal one."""
    return frozenset(each.code for each in promises_held(policy).all if not each.is_principal)


def principal_of(policy: Policy) -> str:
    """The code of the coverage whose limit and deductible are the policy's; "" for a policy of no product."""
    return next((each.code for each in promises_held(policy).all if each.is_principal), "")


def promises_of_book(claim_type_of: set[tuple[UUID | None, str]]) -> dict[tuple[UUID | None, str], str]:
    """The same for many: the code for each (product version, claim type), from one query."""
    found = _answers_of_book(claim_type_of)
    return {key: coverage.code if coverage else "" for key, coverage in found.items()}


def unnamed_in_book(claim_type_of: set[tuple[UUID | None, str]]) -> set[tuple[UUID | None, str]]:
    """Those of the (product version, claim type) that no coverage names. One query."""
    return {key for key, coverage in _answers_of_book(claim_type_of).items() if coverage and key[1].lower() not in coverage.claim_types}


def _answers_of_book(claim_type_of: set[tuple[UUID | None, str]]) -> dict[tuple[UUID | None, str], Coverage | None]:
    versions: dict[UUID, list[Coverage]] = {}
    for coverage in Coverage.objects.filter(product_version__in={version for version, _ in claim_type_of if version}):
        versions.setdefault(coverage.product_version_id, []).append(coverage)
    return {key: _answering(versions.get(key[0], []), key[1]) if key[0] else None for key in claim_type_of}


def promises_by_version() -> dict[UUID, Promises]:
    """What each product version promises. One query."""
    versions: dict[UUID, list[Coverage]] = {}
    for coverage in Coverage.objects.select_related("product_version"):
        versions.setdefault(coverage.product_version_id, []).append(coverage)
    return {version: _promises(coverages) for version, coverages in versions.items()}


def _answering[Each: (Coverage, Promise)](coverages: Sequence[Each], claim_type: str) -> Each | None:
    kind = claim_type.lower()
    answering = (each for each in coverages if kind in each.claim_types)
    return next(answering, next((each for each in coverages if each.is_principal), None))
