"""First notice, triage and links as the API takes and gives them. For staff: a policyholder sees none of it."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from claims.intake.models import Triage
from claims.models import Claim
from claims.schemas.claimants import ClaimantIn
from claims.schemas.claims import Kind, Reason
from vanguard.http.fields import UtcDateTime
from vanguard.http.schema import In, Maybe, Out, Params

SeverityName = Literal["low", "medium", "high", "complex"]


class TriageIn(In):
    """How severe it is, and the queue where it waits."""

    severity: SeverityName
    queue_id: Annotated[int, Field(ge=1, le=2**63 - 1)]
    reason: Reason


class ReleaseIn(In):
    reason: Reason


class LinkIn(In):
    """Another claim of the same event."""

    other_id: UUID
    reason: Reason


class LookAlikeParams(Params):
    """The notice that would be filed."""

    policy_id: UUID
    claim_type: Kind
    incident_date: UtcDateTime


class LookAlikesIn(In):
    """The notice that would be filed, with who claims."""

    policy_id: UUID
    claim_type: Kind
    incident_date: UtcDateTime
    claimant: ClaimantIn | None = None


class LinkOut(Out):
    claim_id: UUID
    claim_number: str
    kind: Literal["same_event", "another_loss", "looks_alike"]
    reason: Maybe[str] = None


class TriageOut(Out):
    """Where the claim stands: without a severity it was never triaged. `rule` is left out where a person said so."""

    severity: Maybe[SeverityName] = None
    queue_id: Maybe[int] = None
    queue: Maybe[str] = None
    role: Maybe[str] = None
    rule: Maybe[str] = None
    at: Maybe[datetime] = None
    finding: Maybe[str] = None
    links: list[LinkOut] = []

    @classmethod
    def show(cls, claim: Claim) -> "TriageOut":
        """Reads what is needed: four queries."""
        triage = Triage.objects.filter(claim=claim).select_related("queue", "role", "rule").first()
        finding = getattr(claim, "finding", None)
        known = (
            {
                "severity": triage.severity,
                "queue_id": triage.queue_id,
                "queue": triage.queue and triage.queue.name,
                "role": triage.role and triage.role.name,
                "rule": triage.rule and triage.rule.name,
                "at": triage.at,
            }
            if triage
            else {}
        )
        return cls.model_validate(known | {"finding": finding and finding.message, "links": _links(claim)})


def _links(claim: Claim) -> list[LinkOut]:
    pairs = [(link, link.earlier) for link in claim.earlier_links.select_related("earlier")]
    pairs += [(link, link.later) for link in claim.later_links.select_related("later")]
    return [LinkOut(claim_id=other.pk, claim_number=other.claim_number, kind=link.kind, reason=link.reason) for link, other in pairs]
