"""/api/claims/{id}/diary and /api/diary: what is to be done on a claim, and by the caller. Nothing of it is a policyholder's."""

from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from claims.diary import services
from claims.diary.models import DiaryEntry
from claims.diary.schemas import DiaryEntryIn, DiaryEntryOut, DiaryListParams, DoneIn, MoveIn, MyDiaryParams
from claims.models import Claim
from vanguard.accounts.permissions import require
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import ApiResponse, PaginatedResponse
from vanguard.http.paging import page_of
from vanguard.http.parsing import Asked, Json
from vanguard.http.preconditions import optional_version
from vanguard.http.threads import in_thread
from vanguard.http.writes import changed, created, headers_in_schema, write
from vanguard.querysets import get_or_refuse

of_claim = Router(tags=["Diary"], by_alias=True)
mine = Router(tags=["Diary"], by_alias=True)
ClaimId = Annotated[UUID, Path(alias="id")]
EntryId = Annotated[UUID, Path()]
EntryAnswer = ApiResponse[DiaryEntryOut]
EntryPage = ApiResponse[PaginatedResponse[DiaryEntryOut]]
COMMAND_HEADERS = headers_in_schema("Idempotency-Key")


@mine.get("", response=EntryPage)
async def list_my_diary(request: AuthenticatedRequest, params: Asked[MyDiaryParams]) -> HttpResponse:
    """What is still to be done by the caller, on all claims, the nearest day first."""
    await in_thread(lambda: require(request.auth, "diary.view_diaryentry"))
    rows = DiaryEntry.objects.of(request.auth).select_related("owner")
    return await page_of(rows.filter(due_on__lte=params.due_by) if params.due_by else rows, params, DiaryEntryOut.of)


@of_claim.get("/{id}/diary", response=EntryPage)
async def list_diary_of_claim(request: AuthenticatedRequest, claim_id: ClaimId, params: Asked[DiaryListParams]) -> HttpResponse:
    """What is to be done on a claim and what was, the nearest day first; for staff."""
    claim = Claim.objects.visible_to(request.auth).filter(pk=claim_id)
    rows = DiaryEntry.objects.filter(claim_id=claim_id).select_related("owner")

    def readable() -> None:
        get_or_refuse(claim, claim_id)
        require(request.auth, "diary.view_diaryentry")

    await in_thread(readable)
    return await page_of(rows if params.open is None else rows.filter(done_at__isnull=params.open), params, DiaryEntryOut.of)


@of_claim.post("/{id}/diary", response={201: EntryAnswer}, openapi_extra=COMMAND_HEADERS)
async def add_diary_entry(request: AuthenticatedRequest, claim_id: ClaimId, body: Json[DiaryEntryIn]) -> HttpResponse:
    """Write into the diary of an open claim what is to be done, on which day and by whom."""

    def service() -> DiaryEntry:
        get_or_refuse(Claim.objects.visible_to(request.auth), claim_id)
        return services.add_entry(request.auth, claim_id, **body.whole())

    return await write(request, service, created(request, DiaryEntryOut.of, "It is in the diary."))


@of_claim.post("/{id}/diary/{diary_id}/done", response=EntryAnswer, openapi_extra=COMMAND_HEADERS)
async def complete_diary_entry(request: AuthenticatedRequest, claim_id: ClaimId, diary_id: EntryId, body: Json[DoneIn]) -> HttpResponse:
    """It is done. Where nothing else is open on the claim and no next action is named, the rule for its stage makes one."""

    def service() -> DiaryEntry:
        version = _version(request, claim_id, diary_id)
        return services.complete_entry(request.auth, diary_id, version=version, **body.whole())

    return await write(request, service, changed(DiaryEntryOut.of, "It is done."))


@of_claim.post("/{id}/diary/{diary_id}/move", response=EntryAnswer, openapi_extra=COMMAND_HEADERS)
async def move_diary_entry(request: AuthenticatedRequest, claim_id: ClaimId, diary_id: EntryId, body: Json[MoveIn]) -> HttpResponse:
    """Put it on another day; the earlier ones stay, with the reason."""

    def service() -> DiaryEntry:
        version = _version(request, claim_id, diary_id)
        return services.move_entry(request.auth, diary_id, version=version, **body.whole())

    return await write(request, service, changed(DiaryEntryOut.of, "It is on another day now."))


def _version(request: AuthenticatedRequest, claim_id: UUID, entry_id: UUID) -> int | None:
    """What the caller has read, where it says so. Raises NotFound for a claim out of reach, and for an entry of another claim."""
    get_or_refuse(Claim.objects.visible_to(request.auth), claim_id)
    require(request.auth, "diary.change_diaryentry")
    entries = DiaryEntry.objects.filter(claim_id=claim_id)
    get_or_refuse(entries, entry_id)
    return optional_version(request, entries.filter(pk=entry_id))
