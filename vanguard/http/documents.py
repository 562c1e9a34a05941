"""/api/documents/{id}: hands a stored file out, whichever room keeps it, to who may have it."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Path, Router

from vanguard.accounts.models import User
from vanguard.documents.downloads import StoredDocument, download, tag_of
from vanguard.errors import Conflict
from vanguard.http.auth import AuthenticatedRequest
from vanguard.http.envelope import nothing
from vanguard.http.preconditions import is_not_modified, no_such_record
from vanguard.http.threads import in_thread
from vanguard.http.writes import headers_in_schema

router = Router(tags=["Documents"], by_alias=True)
Finder = Callable[[User, UUID], StoredDocument | None]
_finders: list[Finder] = []
FILE: dict[int, Any] = {
    200: {"description": "The file", "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}


def add_finder(finder: Finder) -> None:
    """A room says how it finds a document by its key, in the scope of who asks; None where it has none."""
    if finder not in _finders:
        _finders.append(finder)


@router.get("/{id}", openapi_extra=headers_in_schema("If-None-Match") | {"responses": FILE})
async def download_document(request: AuthenticatedRequest, document_id: Annotated[UUID, Path(alias="id")]) -> HttpResponse:
    """The file itself, as an attachment. Its ETag is its SHA-256."""

    def hand_out() -> HttpResponse:
        document = next((found for finder in _finders if (found := finder(request.auth, document_id))), None)
        if document is None:
            raise no_such_record()
        if is_not_modified(request, tag_of(document)):
            response = nothing(304)
            response["ETag"] = tag_of(document)
            return response
        try:
            return download(document)
        except FileNotFoundError:
            raise Conflict(f"“{document.name}” is not in the store any more; the record of it is kept.", code="damaged") from None

    return await in_thread(hand_out)
