"""/api/policies/{id}/documents: the papers of a policy. `/api/documents/{id}` hands each out (vanguard.http.documents)."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from policies.models import Policy
from policies.papers import services
from policies.papers.models import PolicyDocument
from policies.papers.schemas import PolicyDocumentIn, PolicyDocumentListParams, PolicyDocumentOut
from policies.papers.services import Made
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse, ok
from vanguard.http.paging import page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import optional_version
from vanguard.http.rates import costly
from vanguard.http.writes import headers_in_schema, write

of_policy = Router(tags=["Documents"], by_alias=True)
PolicyId = Annotated[UUID, Path(alias="id")]
PaperAnswer = ApiResponse[PolicyDocumentOut]


@of_policy.get("/{id}/documents", response=ApiResponse[PaginatedResponse[PolicyDocumentOut]])
async def list_documents_of_policy(
    request: AuthenticatedRequest, policy_id: PolicyId, params: Asked[PolicyDocumentListParams]
) -> HttpResponse:
    """The papers of one policy, the latest first."""
    policy = Policy.objects.visible_to(request.auth).filter(pk=policy_id)
    rows = PolicyDocument.objects.visible_to(request.auth).filter(policy_id=policy_id)
    return await page_of(rows.filter(kind=params.kind) if params.kind else rows, params, PolicyDocumentOut.of, within=policy)


@of_policy.post("/{id}/documents", response={200: PaperAnswer, 201: PaperAnswer}, openapi_extra=headers_in_schema("Idempotency-Key"))
async def make_document(request: AuthenticatedRequest, policy_id: PolicyId, body: Json[PolicyDocumentIn]) -> HttpResponse:
    """Have the schedule, an endorsement or a notice made as the policy stands now; 200 where the same paper is there already."""
    await costly()

    def service() -> Made:
        optional_version(request, Policy.objects.visible_to(request.auth).filter(pk=policy_id))
        return services.make_document(request.auth, policy_id, kind=body.kind, version=body.version)

    def answer(made: Made) -> HttpResponse:
        headers = {"Location": f"/api/documents/{made.document.pk}"}
        message = "The paper is made." if made.is_new else "The same paper is there already."
        return ok(PolicyDocumentOut.of(made.document).shown(), message, status=201 if made.is_new else 200, headers=headers)

    return await write(request, service, answer)
