"""What happens to claims, told at once at /ws/claims and /ws/claims/{id}: to staff of all claims, to policyholders of their own."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from claims.diary.models import DiaryEntry
from claims.events import (
    ClaimAppealDecided,
    ClaimAppealed,
    ClaimApprovalProposed,
    ClaimApprovalWithdrawn,
    ClaimApproved,
    ClaimAssigned,
    ClaimChanged,
    ClaimClosed,
    ClaimDenied,
    ClaimDiaryChanged,
    ClaimDocumented,
    ClaimEvent,
    ClaimInformationReceived,
    ClaimInformationRequested,
    ClaimLetterSent,
    ClaimNoted,
    ClaimPaid,
    ClaimPaymentRequested,
    ClaimRecovered,
    ClaimReleased,
    ClaimRemoved,
    ClaimReopened,
    ClaimReserved,
    ClaimStageChanged,
    ClaimStarted,
    ClaimSubmitted,
    ClaimTriaged,
)
from claims.models import Claim, ClaimDocument, ClaimNote, ClaimPayment, ClaimTransition, LedgerEntry
from vanguard.accounts.models import User
from vanguard.events import on
from vanguard.realtime.messages import message
from vanguard.realtime.streams import Stream, register
from vanguard.realtime.telling import announce

TYPES: dict[type[ClaimEvent], str] = {
    ClaimSubmitted: "claim.filed",
    ClaimAssigned: "claim.assigned",
    ClaimReleased: "claim.released",
    ClaimTriaged: "claim.triaged",
    ClaimStarted: "claim.started",
    ClaimStageChanged: "claim.stage_changed",
    ClaimApprovalProposed: "claim.approval_proposed",
    ClaimApprovalWithdrawn: "claim.approval_withdrawn",
    ClaimApproved: "claim.approved",
    ClaimDenied: "claim.denied",
    ClaimAppealed: "claim.appealed",
    ClaimAppealDecided: "claim.appeal_decided",
    ClaimInformationRequested: "claim.information_requested",
    ClaimInformationReceived: "claim.information_received",
    ClaimLetterSent: "claim.letter_sent",
    ClaimClosed: "claim.closed",
    ClaimReopened: "claim.reopened",
    ClaimReserved: "claim.reserved",
    ClaimPaymentRequested: "claim.payment_requested",
    ClaimPaid: "claim.paid",
    ClaimRecovered: "claim.recovered",
    ClaimChanged: "claim.changed",
    ClaimNoted: "claim.noted",
    ClaimDocumented: "claim.documented",
    ClaimDiaryChanged: "claim.diary_changed",
    ClaimRemoved: "claim.removed",
}
# What the API shows policyholders of their claims; reserves, notes and who works on what stay in the house.
TOLD_TO_INSURED = (
    ClaimSubmitted, ClaimAssigned, ClaimStarted, ClaimStageChanged, ClaimApproved, ClaimDenied, ClaimAppealed, ClaimAppealDecided,
    ClaimInformationRequested, ClaimInformationReceived, ClaimLetterSent, ClaimClosed, ClaimReopened, ClaimPaid,
)  # fmt: skip


def _is_visible(user: User, claim_id: UUID) -> bool:
    return Claim.objects.visible_to(user).filter(pk=claim_id).exists()


def _insured(claim_ids: Iterable[UUID]) -> Mapping[UUID, UUID]:
    rows = Claim.objects.filter(pk__in=list(claim_ids), policy__customer__user__isnull=False)
    return dict(rows.values_list("pk", "policy__customer__user"))


_OF_CLAIMS = (ClaimTransition, LedgerEntry, ClaimPayment, ClaimNote, ClaimDocument, DiaryEntry)
CLAIMS = Stream(
    "claims",
    key="claimId",
    permission="claims.view_claim",
    is_visible=_is_visible,
    owners=_insured,
    tables={Claim._meta.db_table: "", **{each._meta.db_table: "claim_id" for each in _OF_CLAIMS}},
)
register(CLAIMS)


def tell_sockets(event: ClaimEvent) -> None:
    """After the commit. No names and nothing of a person: whoever may know more asks the API."""
    known: dict[str, Any] = {
        "claimNumber": event.claim_number,
        "claimType": event.claim_type,
        "status": str(event.status),
        "stage": str(event.stage),
        "amount": event.amount,
    }
    for_insured = known if isinstance(event, TOLD_TO_INSURED) else None
    announce(message(CLAIMS, TYPES[type(event)], event.claim_id, known | {"actorId": event.actor_id}, for_insured))


for kind in TYPES:
    on(kind)(tell_sockets)
