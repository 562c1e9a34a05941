"""/api/audit: what was changed, by whom, when and from where, as the database recorded it."""

from django.http import HttpResponse
from ninja import Router

from vanguard.accounts.permissions import require
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse
from vanguard.http.paging import page_of
from vanguard.http.parsing import Asked
from vanguard.http.threads import in_thread
from vanguard.trail.models import AuditRecord
from vanguard.trail.schemas import AuditListParams, RecordedChangeOut

router = Router(tags=["Audit"], by_alias=True)


@router.get("", response=ApiResponse[PaginatedResponse[RecordedChangeOut]])
async def list_recorded_changes(request: AuthenticatedRequest, params: Asked[AuditListParams]) -> HttpResponse:
    """Every change of every record, the newest first: for Compliance."""
    require(request.auth, "trail.view_auditrecord")
    # In a thread, because an e-mail address must be looked up.
    rows = await in_thread(lambda: params.of(AuditRecord.objects.visible_to(request.auth).chained()))
    return await page_of(rows, params, RecordedChangeOut.show)
