"""Clauses of a draft: written, rewritten, taken out."""

from uuid import UUID

from policies.products.models import ProductClause
from policies.products.services.drafts import open_draft
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.errors import Invalid, NotFound
from vanguard.validation import check


def set_clause(
    actor: User | None,
    version_id: UUID,
    *,
    reference: str,
    topic: str,
    heading: str,
    text: str,
    coverage: str = "",
    version: int | None = None,
) -> ProductClause:
    """Write the clause with this reference into a draft, or write it anew where it is there. `coverage` is a code; empty is for all.

    Raises Conflict ("published"), Invalid with every field to correct, StaleVersion.
    """
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        draft = open_draft(version_id, version)
        known = draft.clauses.filter(reference__iexact=reference.strip()).first()
        last = draft.clauses.order_by("position").last()
        clause = known or ProductClause(product_version=draft, reference=reference.strip(), position=last.position + 1 if last else 0)
        clause.topic, clause.heading, clause.text = topic, heading.strip(), text.strip()
        clause.coverage = draft.coverages.filter(code=coverage).first() if coverage else None
        if coverage and clause.coverage is None:
            raise Invalid(f"This version has no coverage {coverage}.", code="unknown", field="coverage")
        check(clause)
        clause.save()
        return clause


def remove_clause(actor: User | None, version_id: UUID, *, reference: str, version: int | None = None) -> None:
    """Take a clause out of a draft. Raises Conflict ("published"), NotFound, StaleVersion."""
    require(actor, "products.change_productversion")
    with unit_of_work(actor):
        draft = open_draft(version_id, version)
        clause = draft.clauses.filter(reference__iexact=reference.strip()).first()
        if clause is None:
            raise NotFound(f"This version has no clause {reference}.", field="reference")
        clause.delete()
