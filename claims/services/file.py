"""What is kept in a claim's file beside its state: notes and documents."""

from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from claims.events import ClaimDocumented, ClaimNoted
from claims.models import Claim, ClaimDocument, ClaimNote
from claims.services.moving import tell
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.documents import inspect
from vanguard.errors import Invalid
from vanguard.querysets import get_or_refuse
from vanguard.validation import check


def add_note(actor: User | None, claim_id: UUID, *, text: str) -> ClaimNote:
    """Write a note into the file. It cannot be changed later. Raises Invalid when there is nothing in it."""
    require(actor, "claims.add_claimnote")
    if not text.strip():
        raise Invalid("Write something.", code="required", field="text")
    note = ClaimNote(author=actor, text=text)
    check(note)
    with unit_of_work(actor):
        note.claim = get_or_refuse(_kept_claims(), claim_id)
        note.save(force_insert=True)
        tell(ClaimNoted, note.claim, actor, None)
    return note


def attach_document(actor: User | None, claim_id: UUID, *, upload: UploadedFile) -> ClaimDocument:
    """Put a file into the claim's folder. Raises Invalid for a type or size that is not taken."""
    require(actor, "claims.add_claimdocument")
    found = inspect(upload)
    document = ClaimDocument(name=found.name, content_type=found.content_type, size=found.size, sha256=found.sha256, uploaded_by=actor)
    try:
        with unit_of_work(actor):
            document.claim = get_or_refuse(_kept_claims(), claim_id)
            document.file.save(f"{document.id}", upload, save=False)  # the name on disk tells nothing and cannot be chosen from outside
            document.save(force_insert=True)
            tell(ClaimDocumented, document.claim, actor, None)
    except Exception:
        if document.file.name:  # no row, so no file either
            document.file.storage.delete(document.file.name)
        raise
    return document


def _kept_claims() -> QuerySet[Claim]:
    """Locked against being deleted meanwhile."""
    return Claim.objects.select_for_update(no_key=True)
