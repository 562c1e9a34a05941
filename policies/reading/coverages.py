"""Which promise of a policy's product answers a type of loss, and how that one is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import Prefetch

from policies.models import Policy
from policies.products.models import Coverage, ProductClause, ProductVersion


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
    """All that the product version of a policy promises, read once; of a policy of no product it holds nothing."""

    coverages: tuple[Coverage, ...] = ()

    @property
    def all(self) -> list[Promise]:
        return [_of(each) for each in self.coverages]

    @property
    def kinds(self) -> list[str]:
        """The types of claim that a coverage names."""
        return sorted({kind for each in self.coverages for kind in each.claim_types})

    @property
    def with_aggregate(self) -> list[Promise]:
        """Those that pay only so much for all losses of a term."""
        return [_of(each) for each in self.coverages if each.aggregate is not None]

    def answering(self, claim_type: str) -> Promise:
        """The coverage that answers `claim_type`; where none does, the principal one."""
        return _promise(self.coverages, claim_type)

    def paying(self, code: str, claim_type: str) -> Promise:
        """The coverage of this code. What names none of these (a payment from before the policy was on this version) is under the one
        that answers the loss."""
        named = next((each for each in self.coverages if each.code == code), None)
        return self.answering(claim_type) if named is None else _of(named)


def with_product(policy: str) -> tuple[Prefetch, ...]:
    """For a page of one record whose policy is at `policy`: the coverages and clauses of its product's version, in two queries.

    The version itself is to be selected along with the record; `promise_for` and `form_of` then ask nothing.
    """
    version = f"{policy}__product_version"
    return Prefetch(f"{version}__coverages"), Prefetch(f"{version}__clauses", ProductClause.objects.select_related("coverage"))


def promise_for(policy: Policy, claim_type: str) -> Promise:
    """The coverage of the product version the policy is pinned to that answers `claim_type`; where none does, the principal one."""
    return promises_held(policy).answering(claim_type)


def promises_held(policy: Policy) -> Promises:
    """What the product version promises that the policy is pinned to. One query; none where it was read along."""
    return Promises(tuple(_coverages(policy))) if policy.product_version_id else Promises()


def promises_in(version: ProductVersion | None) -> Promises:
    """The same of a version."""
    return Promises(tuple(version.coverages.all()) if version else ())


def promises_of(version: ProductVersion | None) -> dict[str, Promise]:
    """The promises of a version by claim type, in lower case; "" is every type that it does not name."""
    coverages = list(version.coverages.all()) if version else []
    return {kind: _promise(coverages, kind) for kind in ("", *(kind for each in coverages for kind in each.claim_types))}


def _promise(coverages: Sequence[Coverage], claim_type: str) -> Promise:
    found = _answering(coverages, claim_type)
    return Promise() if found is None else _of(found)


def _of(found: Coverage) -> Promise:
    types, version = tuple(found.claim_types), found.product_version.number
    return Promise(found.code, found.name, version, found.settlement_rule, found.aggregate, types, found.valuation, found.is_principal)


def version_read(policy: Policy) -> ProductVersion | None:
    """The version of its product, where it was read along with the policy."""
    return policy.product_version if Policy.product_version.is_cached(policy) else None


def _coverages(policy: Policy) -> list[Coverage]:
    """One query; none where they were read along."""
    if version := version_read(policy):
        return list(version.coverages.all())
    return list(Coverage.objects.filter(product_version=policy.product_version_id).select_related("product_version"))


def coverages_of(policy: Policy) -> dict[str, str]:
    """The names of the product version's coverages by code; of a policy of no product there are none to name."""
    return {each.code: each.name for each in _coverages(policy)} if policy.product_version_id else {}


def rules_of(policy: Policy) -> tuple[tuple[str, str], ...]:
    """How a loss is settled under each coverage: name, settlement rule. A policy of no product has one rule, without a name."""
    coverages = _coverages(policy) if policy.product_version_id else []
    return tuple((each.name, each.settlement_rule) for each in coverages) or (("", Promise().rule),)


def codes_with_own(policy: Policy) -> frozenset[str]:
    """The coverages that may have figures of their own: those of the product's version, without the principal one. One query."""
    if policy.product_version_id is None:
        return frozenset()
    return frozenset(Coverage.objects.filter(product_version=policy.product_version_id, is_principal=False).values_list("code", flat=True))


def principal_of(policy: Policy) -> str:
    """The code of the coverage whose limit and deductible are the policy's; "" for a policy of no product. One query."""
    found = Coverage.objects.filter(product_version=policy.product_version_id, is_principal=True)
    return (found.values_list("code", flat=True).first() or "") if policy.product_version_id else ""


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
    return {version: Promises(tuple(coverages)) for version, coverages in versions.items()}


def _answering(coverages: Sequence[Coverage], claim_type: str) -> Coverage | None:
    kind = claim_type.lower()
    answering = (each for each in coverages if kind in each.claim_types)
    return next(answering, next((each for each in coverages if each.is_principal), None))
