"""What claims have to do where a customer's personal data is erased or handed out. Money, dates, causes and decisions stay."""

import datetime
from typing import Any

from django.db.models import Prefetch

from claims.decisions.append_only import ERASED
from claims.decisions.models import CoverageCheck, InformationRequest
from claims.intake.models import NoticeDraft
from claims.letters.models import ClaimLetter
from claims.models import Claim, ClaimDocument, ClaimNote, ClaimPayment, ClaimTransition, EarlierDescription
from customers.events import CustomerErasing, CustomerExporting, ErasureStanding
from vanguard.events import on

# The steps whose reason tells of the loss in people's words; those of decisions are the books'.
TOLD_IN_WORDS = ("ask", "received", "check_cover", "investigate", "evaluate", "withdraw", "end_claimant")


@on(ErasureStanding)
def tell_claims(asked: ErasureStanding) -> None:
    """An open claim keeps the data; a closed one counts from the day on which it was."""
    for claim in Claim.objects.filter(policy__customer__in=asked.customer_ids).defer("description"):
        if claim.is_open:
            asked.runs.append(f"claim {claim.claim_number} is open")
        else:
            asked.ended.append(claim.closed_at or claim.processed_date or claim.updated_at)
    drafts = NoticeDraft.objects.filter(policy__customer__in=asked.customer_ids, status=NoticeDraft.Status.OPEN)
    if drafts.exists():
        asked.runs.append("a notice is open")


@on(CustomerErasing)
def erase_claims(event: CustomerErasing) -> None:
    """What people wrote about the loss, who called, what was asked, answered or left open, accounts, and every file and letter."""
    claims = Claim.objects.filter(policy__customer__in=event.customer_ids)
    for rows in (ClaimDocument.objects.filter(claim__in=claims), ClaimLetter.objects.filter(claim__in=claims)):
        stored = rows.exclude(file="")
        event.files.extend((each.file.storage, each.file.name) for each in stored)
        stored.update(file="")
    ClaimDocument.objects.filter(claim__in=claims).update(name="erased")
    ClaimNote.objects.filter(claim__in=claims).update(text=ERASED)
    InformationRequest.objects.filter(claim__in=claims).update(asked_of=ERASED, question=ERASED, note=ERASED)
    ClaimTransition.objects.filter(claim__in=claims, command__in=TOLD_IN_WORDS).exclude(reason="").update(reason=ERASED)
    CoverageCheck.objects.filter(claim__in=claims).exclude(left_open=None).exclude(left_open="").update(left_open=ERASED)
    NoticeDraft.objects.filter(policy__customer__in=event.customer_ids).update(
        caller_name="", caller_phone="", description=ERASED, settled_because=""
    )
    # What they are of is unreadable with the key; nobody is found by it any more.
    ClaimPayment.objects.filter(claim__in=claims).exclude(account_digest=None).update(account_digest=None)
    EarlierDescription.objects.filter(claim__in=claims).delete()
    claims.exclude(description="").update(description=ERASED)


@on(CustomerExporting)
def share_claims(event: CustomerExporting) -> None:
    """The claims with their documents, letters and payments. What staff noted among themselves is the insurer's, and is left out."""
    rows = Claim.objects.filter(policy__customer__in=event.customer_ids).select_related("policy").order_by("reported_date", "claim_number")
    own = InformationRequest.objects.filter(received_by__customer__in=event.customer_ids)
    answers = Prefetch("information_requests", queryset=own, to_attr="answers")
    event.shares["claims"] = [_claim(each) for each in rows.prefetch_related("documents", "letters", answers)]
    paid = ClaimPayment.objects.filter(claim__in=rows, paid_at__isnull=False).order_by("paid_at", "id")
    event.shares["claimPayments"] = [_payment(each) for each in paid.select_related("claim__policy__customer")]
    drafts = NoticeDraft.objects.filter(policy__customer__in=event.customer_ids).order_by("created_at")
    event.shares["notices"] = [
        {
            "reportedAt": each.reported_date.isoformat(),
            "callerName": each.caller_name,
            "callerPhone": each.caller_phone,
            "description": each.description,
        }
        for each in drafts
    ]


def _claim(claim: Any) -> dict[str, object]:
    """From a claim with its `answers`: what the person answered, and not what staff noted."""
    return {
        "number": claim.claim_number,
        "policy": claim.policy.policy_number,
        "type": claim.claim_type,
        "status": claim.status,
        "incidentDate": claim.incident_date.isoformat(),
        "reportedDate": claim.reported_date.isoformat(),
        "claimedAmount": f"{claim.claim_amount:.2f}",
        "paidAmount": f"{claim.paid_amount:.2f}",
        "description": claim.description,
        "documents": [_file(each.name, each.created_at, each.sha256) for each in claim.documents.all()],
        "answers": [{"question": each.question, "answer": each.note, "answeredAt": each.received_at.isoformat()} for each in claim.answers],
        "letters": [_file(each.get_kind_display(), each.made_at, each.sha256) for each in claim.letters.all()],
    }


def _payment(paid: ClaimPayment) -> dict[str, object]:
    """Of the account the last four digits, whosever it is: see customers.services.exporting."""
    return {
        "claim": paid.claim.claim_number,
        "amount": f"{paid.amount:.2f}",
        "paidAt": paid.paid_at.isoformat() if paid.paid_at else "",
        "payee": paid.payee,
        "account": paid.masked_account,
    }


def _file(name: str, at: datetime.datetime, sha256: str) -> dict[str, str]:
    return {"name": name, "at": at.isoformat(), "sha256": sha256}
