"""/api/claims/{id}: appeals, questions, what decisions left behind, and the documents in the folder."""

from functools import partial
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from claims import services
from claims.api.claims import COMMAND_HEADERS, ClaimAnswer, ClaimId, claims_of, give_command
from claims.decisions.models import Denial, InformationRequest
from claims.models import ClaimDocument, DocumentKind
from claims.schemas import (
    AnswerIn,
    AppealIn,
    AskIn,
    CheckCoverIn,
    ClaimDocumentListParams,
    ClaimDocumentOut,
    ClaimQuestionOut,
    DecisionsOut,
    DenialListParams,
    DenialReasonOut,
    EvaluateIn,
    InvestigateIn,
    QuestionListParams,
    ReceivedIn,
    WithdrawIn,
)
from vanguard.accounts.permissions import require
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.rates import costly
from vanguard.http.threads import in_thread
from vanguard.http.uploads import read_upload, upload_in_schema
from vanguard.http.writes import headers_in_schema, write
from vanguard.querysets import get_or_refuse

deciding = Router(tags=["Claims"], by_alias=True)
QuestionId = Annotated[UUID, Path()]
QuestionPage = ApiResponse[PaginatedResponse[ClaimQuestionOut]]
DenialPage = ApiResponse[PaginatedResponse[DenialReasonOut]]
DocumentPage = ApiResponse[PaginatedResponse[ClaimDocumentOut]]
KIND = {"type": "string", "enum": DocumentKind.values, "default": DocumentKind.OTHER.value}


@deciding.post("/{id}/check-cover", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def check_cover_of_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[CheckCoverIn]) -> HttpResponse:
    """Look at the cover anew. Where it is found and nothing is left open the claim goes on, else it waits (stage `coverage_check`)."""
    return await give_command(request, claim_id, services.check_claim_cover, "The cover is checked.", left_open=body.left_open)


@deciding.post("/{id}/evaluate", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def evaluate_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[EvaluateIn]) -> HttpResponse:
    """What happened is known: the claim waits for the settlement now (stage `evaluation`)."""
    return await give_command(request, claim_id, services.evaluate_claim, "The loss is established.", reason=body.reason)


@deciding.post("/{id}/investigate", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def investigate_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[InvestigateIn]) -> HttpResponse:
    """Something has to be found out after all (stage `investigation`)."""
    return await give_command(request, claim_id, services.investigate_claim, "The loss is looked into again.", reason=body.reason)


@deciding.post("/{id}/withdraw", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def withdraw_approval(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[WithdrawIn]) -> HttpResponse:
    """Take back what a second person was asked to approve, or send it back; with a reason."""
    return await give_command(request, claim_id, services.withdraw_approval, "The request is taken back.", reason=body.reason)


@deciding.post("/{id}/appeal", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def appeal_claim(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[AppealIn]) -> HttpResponse:
    """Appeal a denial: by the policyholder, or recorded by staff. Another person than who denied it then decides."""
    return await give_command(request, claim_id, services.appeal_claim, "The appeal is recorded.", reason=body.reason)


@deciding.post("/{id}/ask", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def ask_information(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[AskIn]) -> HttpResponse:
    """Ask for information that the decision needs, by letter; the claim waits for it."""
    return await give_command(request, claim_id, services.ask_information, "The question is asked.", **body.whole())


@deciding.post("/{id}/received", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def receive_information(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[ReceivedIn]) -> HttpResponse:
    """The information has come: the claim goes back to the work."""
    return await give_command(request, claim_id, services.receive_information, "The answer is recorded.", note=body.note)


@deciding.get("/{id}/questions", response=QuestionPage)
async def list_questions_of_claim(request: AuthenticatedRequest, claim_id: ClaimId, params: Asked[QuestionListParams]) -> HttpResponse:
    """What was asked on a claim, the latest first, with what the insured answered; a policyholder's own."""
    rows = InformationRequest.objects.visible_to(request.auth).filter(claim_id=claim_id)
    return await page_of(rows, params, lambda asked: ClaimQuestionOut.show(asked, request.auth), within=claims_of(request, pk=claim_id))


@deciding.post("/{id}/questions/{question_id}/answer", response=ClaimAnswer, openapi_extra=COMMAND_HEADERS)
async def answer_question(request: AuthenticatedRequest, claim_id: ClaimId, question_id: QuestionId, body: Json[AnswerIn]) -> HttpResponse:
    """The policyholder answers; the claim goes on. The claim as it is then."""
    service = services.answer_question
    return await give_command(request, claim_id, service, "We have your answer.", question_id=question_id, answer=body.answer)


@deciding.get("/{id}/denials", response=DenialPage)
async def list_denials_of_claim(request: AuthenticatedRequest, claim_id: ClaimId, params: Asked[DenialListParams]) -> HttpResponse:
    """Why a claim was denied, the latest decision first, as its letter says it; a policyholder's own."""
    rows = Denial.objects.visible_to(request.auth).filter(claim_id=claim_id).select_related("reason_code")
    return await page_of(rows, params, DenialReasonOut.show, within=claims_of(request, pk=claim_id))


@deciding.get("/{id}/decisions", response=ApiResponse[DecisionsOut])
async def get_claim_decisions(request: AuthenticatedRequest, claim_id: ClaimId) -> HttpResponse:
    """Denials with their clauses, appeals, questions, and what each check of the cover read; for staff."""

    def read() -> HttpResponse:
        claim = get_or_refuse(claims_of(request), claim_id)
        require(request.auth, "decisions.view_denial")
        return ok(DecisionsOut.show(claim).shown())

    return await in_thread(read)


@deciding.get("/{id}/documents", response=DocumentPage)
async def list_documents_of_claim(request: AuthenticatedRequest, claim_id: ClaimId, params: Asked[ClaimDocumentListParams]) -> HttpResponse:
    """What is in the claim's folder, the latest first; letters have a list of their own."""
    rows = ClaimDocument.objects.visible_to(request.auth).filter(claim_id=claim_id)
    return await page_of(
        rows.filter(kind=params.kind) if params.kind else rows, params, ClaimDocumentOut.of, within=claims_of(request, pk=claim_id)
    )


@deciding.post(
    "/{id}/documents",
    response={201: ApiResponse[ClaimDocumentOut]},
    openapi_extra=headers_in_schema("Idempotency-Key") | upload_in_schema(kind=KIND),
)
async def attach_document(request: AuthenticatedRequest, claim_id: ClaimId) -> HttpResponse:
    """Put a file into the claim's folder: at most 10 MiB, of a type that is taken, and scanned where a scanner is set up."""
    await costly()
    upload = read_upload(request, "kind")
    # Before the transaction of the write, which would otherwise be held open while the scanner thinks.
    examined = await in_thread(partial(services.examine_upload, request.auth, claim_id, upload=upload.file))

    def service() -> ClaimDocument:
        kind = upload.fields.get("kind", DocumentKind.OTHER)
        return services.attach_document(request.auth, claim_id, upload=upload.file, kind=kind, examined=examined)

    def answer(made: ClaimDocument) -> HttpResponse:
        headers = {"Location": f"/api/documents/{made.pk}"}
        return ok(ClaimDocumentOut.of(made).shown(), "The document is in the folder.", status=201, headers=headers)

    return await write(request, service, answer)
