"""Denials, appeals, questions and documents as the API takes and gives them."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from claims.decisions.models import Denial, InformationRequest
from claims.models import Claim
from vanguard.accounts.models import User
from vanguard.http.fields import Text
from vanguard.http.paging import ListParams
from vanguard.http.schema import Amount, In, Maybe, Out

Why = Annotated[str, Text(2000, multiline=True)]
Story = Annotated[str, Text(4000, multiline=True)]
Code = Annotated[str, Text(40)]
DocumentKindName = Literal["police_report", "photo", "estimate", "invoice", "medical", "correspondence", "other"]
ScanStateName = Literal["not_scanned", "pending", "clean", "refused"]


class DenyIn(In):
    """Without a code it is "other"; without a clause the one of the policy that the code is about. The letter gives all three."""

    reason: Why
    reason_code: Code = "other"
    clause: Annotated[str, Text(20)] | None = None


class AppealIn(In):
    reason: Annotated[str, Text(4000, multiline=True)]


class AskIn(In):
    """Without `askedOf` the insured is asked, without `until` for three weeks."""

    question: Story
    asked_of: Annotated[str, Text(200, blank=True)] = ""
    until: date | None = None


class ReceivedIn(In):
    note: Annotated[str, Text(2000, blank=True, multiline=True)] = ""


class CheckCoverIn(In):
    """With something left open the claim waits in coverage check until a check leaves nothing open."""

    left_open: Annotated[str, Text(2000, blank=True, multiline=True)] = ""


class InvestigateIn(In):
    """What has to be found out."""

    reason: Why


class EvaluateIn(In):
    reason: Annotated[str, Text(2000, blank=True, multiline=True)] = ""


class WithdrawIn(In):
    reason: Why


class AnswerIn(In):
    """What the policyholder says. Photos and papers go into the claim's documents."""

    answer: Why


class ClaimQuestionOut(Out):
    """A question as the insured may read it. `answer` is what they said themselves; staff read what they noted of others' as well.

    Closed by a decision that did without, it has an `answeredAt` and no answer.
    """

    id: UUID
    question: str
    asked_of: str
    until: date
    asked_at: datetime
    answered_at: Maybe[datetime] = None
    answer: Maybe[str] = None

    @classmethod
    def show(cls, asked: InformationRequest, reader: User) -> Self:
        """As `reader` may read it."""
        names = ("id", "question", "asked_of", "until", "asked_at")
        own = reader.is_staff or asked.received_by_id == reader.pk
        said = asked.note if own else None
        return cls(**{name: getattr(asked, name) for name in names}, answered_at=asked.received_at, answer=said)


class QuestionListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("asked_at",)
    default_sort: ClassVar[str] = "-asked_at"


class DenialReasonOut(Out):
    """Why a claim was denied, in the words of the letter: for all such cases, for this one, and the clause as it read then.

    `onAppeal`: the second decision, which left the first one as it was.
    """

    id: UUID
    decided_at: datetime
    why: str
    reason: str
    clause_reference: Maybe[str] = None
    clause_heading: Maybe[str] = None
    clause_text: Maybe[str] = None
    on_appeal: bool

    @classmethod
    def show(cls, denial: Denial) -> Self:
        """From a denial with its reason's code."""
        names = ("id", "decided_at", "reason", "clause_reference", "clause_heading", "clause_text")
        values = {name: getattr(denial, name) for name in names}
        return cls(why=denial.reason_code.words, on_appeal=denial.appeal_id is not None, **values)


class DenialListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("decided_at",)
    default_sort: ClassVar[str] = "-decided_at"


class DenialOut(Out):
    reason_code: str
    reason: str
    clause_reference: Maybe[str] = None
    clause_heading: Maybe[str] = None
    clause_text: Maybe[str] = None
    decided_by_id: Maybe[UUID] = None
    decided_at: datetime
    appeal_id: Maybe[UUID] = None


class AppealOut(Out):
    """`outcome` is missing while it is open."""

    id: UUID
    reason: str
    received_at: datetime
    recorded_by_id: Maybe[UUID] = None
    first_decided_by_id: Maybe[UUID] = None
    outcome: Maybe[Literal["overturned", "upheld"]] = None
    decided_by_id: Maybe[UUID] = None
    decided_at: Maybe[datetime] = None


class InformationRequestOut(Out):
    question: str
    asked_of: str
    until: date
    asked_by_id: Maybe[UUID] = None
    asked_at: datetime
    received_at: Maybe[datetime] = None
    note: Maybe[str] = None


class CoverageCheckOut(Out):
    """What was read of the policy at that step, and what that left open; the coverage from the start of the work on."""

    step: Literal["submit", "start", "check", "edit", "approve", "deny"]
    made_at: datetime
    actor_id: Maybe[UUID] = None
    incident_date: datetime
    policy_version: int
    starts_at: datetime
    ends_at: datetime
    in_force: bool
    limit: Amount
    deductible: Amount
    coverage: Maybe[str] = None
    coverage_name: Maybe[str] = None
    product_version: Maybe[int] = None
    left_open: Maybe[str] = None


class DecisionsOut(Out):
    """All that decisions on a claim left behind, from the first on."""

    claim_id: UUID
    denials: list[DenialOut]
    appeals: list[AppealOut]
    information_requests: list[InformationRequestOut]
    coverage_checks: list[CoverageCheckOut]

    @classmethod
    def show(cls, claim: Claim) -> Self:
        """Four queries."""
        denials = list(claim.denials.values())
        return cls(
            claim_id=claim.pk,
            denials=[DenialOut(**(row | {"reason_code": row["reason_code_id"]})) for row in denials],
            appeals=[AppealOut.of(row) for row in claim.appeals.all()],
            information_requests=[InformationRequestOut.of(row) for row in claim.information_requests.all()],
            coverage_checks=[CoverageCheckOut.of(row) for row in claim.coverage_checks.all()],
        )


class ClaimDocumentOut(Out):
    """`sha256` is of the file that `/api/documents/{id}` hands out, and its ETag. One that waits or was refused is not handed out."""

    id: UUID
    claim_id: UUID
    kind: DocumentKindName
    name: str
    content_type: str
    size: int
    sha256: str
    scan_state: ScanStateName
    created_at: datetime


class ClaimDocumentListParams(ListParams):
    sorts: ClassVar[tuple[str, ...]] = ("created_at",)

    kind: DocumentKindName | None = None
