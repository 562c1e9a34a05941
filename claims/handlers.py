"""What the platform does when a claim moves: figures for operators, lines for compliance."""

from prometheus_client import Counter

from claims.events import (
    ClaimAppealDecided,
    ClaimAppealed,
    ClaimApprovalProposed,
    ClaimApprovalWithdrawn,
    ClaimApproved,
    ClaimAssigned,
    ClaimClosed,
    ClaimDenied,
    ClaimEvent,
    ClaimInformationReceived,
    ClaimInformationRequested,
    ClaimLetterSent,
    ClaimPaid,
    ClaimPaymentRequested,
    ClaimRecovered,
    ClaimReleased,
    ClaimReopened,
    ClaimReserved,
    ClaimStageChanged,
    ClaimStarted,
    ClaimSubmitted,
    ClaimTriaged,
)
from claims.letters.models import LetterKind
from claims.models import Status
from vanguard.events import on
from vanguard.observability.compliance import record_event

CLAIMS_PROCESSED = Counter("insurance_claims_processed", "Claims decided, by the decision.", ["status"])
CLAIMS_SUBMITTED = Counter("insurance_claims_submitted", "Claims filed, by whatever door but the bordereau.")
CLAIM_PAYMENTS = Counter("insurance_claim_payments", "Payments on claims that left us.")
CLAIM_LETTERS = Counter("insurance_claim_letters", "Letters on claims that went out, by what they are about.", ["kind"])
# At 0 from the start: a rate needs a beginning.
for _status in (Status.APPROVED, Status.DENIED):
    CLAIMS_PROCESSED.labels(_status.value)
for _kind in LetterKind.values:
    CLAIM_LETTERS.labels(_kind)

# An approval and a denial are the same thing to compliance: a decision, told apart by its status.
EVENT_TYPES: dict[type[ClaimEvent], str] = {
    ClaimSubmitted: "claim_submitted",
    ClaimAssigned: "claim_assigned",
    ClaimReleased: "claim_released",
    ClaimTriaged: "claim_triaged",
    ClaimStarted: "claim_started",
    ClaimStageChanged: "claim_stage_changed",
    ClaimApprovalProposed: "claim_approval_proposed",
    ClaimApprovalWithdrawn: "claim_approval_withdrawn",
    ClaimApproved: "claim_processed",
    ClaimDenied: "claim_processed",
    ClaimAppealed: "claim_appealed",
    ClaimAppealDecided: "claim_appeal_decided",
    ClaimInformationRequested: "claim_information_requested",
    ClaimInformationReceived: "claim_information_received",
    ClaimLetterSent: "claim_letter_sent",
    ClaimClosed: "claim_closed",
    ClaimReopened: "claim_reopened",
    ClaimReserved: "claim_reserved",
    ClaimPaymentRequested: "claim_payment_requested",
    ClaimPaid: "claim_paid",
    ClaimRecovered: "claim_recovered",
}


def count_decision(event: ClaimEvent) -> None:
    CLAIMS_PROCESSED.labels(event.status).inc()


@on(ClaimSubmitted)
def count_claim(_event: ClaimSubmitted) -> None:
    CLAIMS_SUBMITTED.inc()


@on(ClaimPaid)
def count_payment(_event: ClaimPaid) -> None:
    CLAIM_PAYMENTS.inc()


@on(ClaimLetterSent)
def count_letter(event: ClaimLetterSent) -> None:
    CLAIM_LETTERS.labels(event.kind).inc()


def record_claim(event: ClaimEvent) -> None:
    record_event(
        EVENT_TYPES[type(event)],
        user_id=event.actor_id,
        claim_id=event.claim_id,
        claim_number=event.claim_number,
        claim_type=event.claim_type,
        status=event.status,
        stage=event.stage,
        amount=event.amount,
    )


for decision in (ClaimApproved, ClaimDenied):
    on(decision)(count_decision)
for kind in EVENT_TYPES:
    on(kind)(record_claim)
