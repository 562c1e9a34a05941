"""The wording that a policy was sold with: which clause answers for what."""

from dataclasses import dataclass

from django.db.models import Q

from policies.models import Policy
from policies.products.models import ProductClause
from policies.reading.coverages import version_read


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


def form_of(policy: Policy) -> Form:
    """The clauses of the version that the policy is pinned to; of a policy of no product, or of a version without any, the general ones.

    One query; none where the clauses of the version were read along, and there are any.
    """
    version = version_read(policy)
    own = (list(version.clauses.all()) if version else []) or _asked_for(policy)
    return Form(tuple(Clause(row.reference, row.topic, row.heading, row.text, row.coverage.code if row.coverage else "") for row in own))


def _asked_for(policy: Policy) -> list[ProductClause]:
    mine = Q(product_version=None)
    if policy.product_version_id is not None:
        mine |= Q(product_version=policy.product_version_id)
    rows = list(ProductClause.objects.filter(mine).select_related("coverage"))
    return [row for row in rows if row.product_version_id is not None] or rows
