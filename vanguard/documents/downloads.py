"""Hands a stored file back: always to be saved, never to be shown or run by the browser, and only if it is unchanged."""

import base64
import hashlib
from typing import Any, Protocol

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from vanguard.documents.scanning import ScanState
from vanguard.errors import Conflict


class StoredDocument(Protocol):
    """What a download needs of a document, whichever model keeps it."""

    name: str
    content_type: str
    sha256: str

    @property
    def file(self) -> Any: ...


def tag_of(document: StoredDocument) -> str:
    """The entity tag of a document: its checksum, which changes with every byte."""
    return f'"{document.sha256}"'


def _refuse_withheld(document: StoredDocument) -> None:
    state = getattr(document, "scan_state", ScanState.CLEAN)  # what we made ourselves has none
    if state == ScanState.PENDING:
        message = f"“{document.name}” waits for the virus check, and is handed out after it. Try again in a few minutes."
        raise Conflict(message, code="not_scanned_yet")
    if state == ScanState.REFUSED:
        raise Conflict(f"The virus check found “{document.name}” harmful. It is not handed out.", code="harmful")


def download(document: StoredDocument) -> HttpResponse:
    """The file as an attachment with its checksum.

    Raises Conflict: "damaged" when the stored bytes are not those that were sent in; "not_scanned_yet" and "harmful" for a file that
    waits for the scanner, or that it found harmful; "erased" for one that went with the customer's personal data.
    """
    _refuse_withheld(document)
    if not document.file:
        raise Conflict(f"“{document.name}” was erased with the customer's personal data.", code="erased")
    with document.file.open("rb") as stored:
        content = stored.read()
    digest = hashlib.sha256(content)
    if digest.hexdigest() != document.sha256:
        raise Conflict(f"“{document.name}” is not the file that was sent in: its checksum differs. It was not handed out.", code="damaged")
    response = HttpResponse(content, content_type=document.content_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=document.name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    # Should a browser open it all the same, it has no origin, no scripts and no network.
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["ETag"] = tag_of(document)
    response["Cache-Control"] = "private, no-store"
    response["Repr-Digest"] = f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    return response
