"""Every look at the cover leaves a row that says what it read."""

from claims.decisions.models import CoverageCheck
from claims.models import Claim
from claims.services.proving import Basis
from policies.reading import cover_at
from vanguard.accounts.models import User
from vanguard.making import new

Step = CoverageCheck.Step


def check_of(claim: Claim, actor: User | None, step: Step, basis: Basis | None = None) -> CoverageCheck:
    """The row, not stored yet. Without a basis only the cover is read: no query where nothing was booked on the policy after its start."""
    cover = cover_at(claim.policy, claim.incident_date) if basis is None else basis.cover
    promise = None if basis is None else basis.promise
    return new(
        CoverageCheck,
        claim=claim,
        step=step,
        actor=actor,
        incident_date=claim.incident_date,
        policy_version=cover.version,
        starts_at=cover.starts_at,
        ends_at=cover.ends_at,
        in_force=cover.in_force,
        limit=cover.limit,
        deductible=cover.deductible,
        coverage=promise.code if promise else "",
        coverage_name=promise.name if promise else "",
        product_version=promise.product_version if promise else None,
    )


def keep_check(claim: Claim, actor: User | None, step: Step, basis: Basis) -> None:
    """Store what a decision read of the cover."""
    check_of(claim, actor, step, basis).save(force_insert=True)
