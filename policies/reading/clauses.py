"""The wording that a policy was sold with: which clause answers for what."""

from collections.abc import Iterable
from dataclasses import dataclass

from policies.models import Policy
from policies.products.models import ProductClause
from policies.reading.published import Published


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause as a letter quotes it. `coverage` is the code of the coverage it belongs to, "" for all of them."""

    reference: str
    topic: str
    heading: str
    text: str
    coverage: str = ""

    @property
    def label(self) -> str:
        """A.1 Dwelling."""
        return f"{self.reference} {self.heading}"


@dataclass(frozen=True, slots=True)
class Form:
    """All clauses of a policy, in their order."""

    clauses: tuple[Clause, ...]

    def named(self, reference: str) -> Clause | None:
        """The clause with this reference, however it is spelled in capitals."""
        wanted = reference.strip().lower()
        return next((clause for clause in self.clauses if clause.reference.lower() == wanted), None)

    def about(self, topic: str, coverage: str = "") -> Clause | None:
        """The clause on `topic`: the coverage's own, else one for all coverages, else the first on it."""
        found = [clause for clause in self.clauses if clause.topic == topic]
        order = sorted(found, key=lambda clause: (clause.coverage != coverage, bool(clause.coverage)))
        return order[0] if order else None


def _clauses(rows: Iterable[ProductClause]) -> tuple[Clause, ...]:
    return tuple(Clause(row.reference, row.topic, row.heading, row.text, row.coverage.code if row.coverage else "") for row in rows)


_published = Published(ProductClause.objects.select_related("coverage"), _clauses)


def form_of(policy: Policy) -> Form:
    """The clauses of the version that the policy is pinned to; of a policy of no product, or of a version without any, the general ones."""
    own = _published.of(policy.product_version_id) if policy.product_version_id else ()
    return Form(own or _clauses(ProductClause.objects.filter(product_version=None).select_related("coverage")))
