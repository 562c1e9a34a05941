"""Every look at the cover leaves a row that says what it read."""

from claims.decisions.models import CoverageCheck
from claims.models import Claim
from claims.services.proving import Basis
from policies.reading import Cover, Promise, cover_at, promise_for
from vanguard.accounts.models import User
from vanguard.making import new

Step = CoverageCheck.Step
UNNAMED = "No coverage of the policy names such a loss."


def check_of(
    claim: Claim, actor: User | None, step: Step, cover: Cover | None = None, promise: Promise | None = None, left_open: str = ""
) -> CoverageCheck:
    """The row, not stored yet. Without `cover` only that is read: no query where nothing was booked on the policy after its start."""
    cover = cover or cover_at(claim.policy, claim.incident_date)
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
        left_open=left_open or None,
    )


def keep_check(claim: Claim, actor: User | None, step: Step, basis: Basis, left_open: str = "") -> None:
    """Store what a decision read of the cover. A decision leaves nothing open; what only asks for one (`left_open`) settles nothing."""
    check_of(claim, actor, step, basis.cover, basis.promise, left_open).save(force_insert=True)


def last_check(claim: Claim) -> CoverageCheck | None:
    """The newest look at the cover; what it left open is what is open. One query."""
    return claim.coverage_checks.order_by("made_at", "id").last()


def look_at_cover(claim: Claim, actor: User | None, step: Step, left_open: str | None = None) -> CoverageCheck:
    """Read the cover anew and store it; exact under the policy's lock. `left_open` None: whatever the platform itself has to ask."""
    promise = promise_for(claim.policy, claim.claim_type)
    cover = cover_at(claim.policy, claim.incident_date).answering(promise.code)
    asked = ("" if promise.names(claim.claim_type) else UNNAMED) if left_open is None else left_open
    check = check_of(claim, actor, step, cover, promise, asked)
    check.save(force_insert=True)
    return check
