"""What is kept in a claim's file beside its state: notes and documents."""

from dataclasses import dataclass
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet

from claims.events import ClaimDocumented, ClaimNoted
from claims.models import Claim, ClaimDocument, ClaimNote, DocumentKind
from claims.services.moving import tell
from policies.models import Policy
from vanguard.accounts.models import User
from vanguard.accounts.permissions import require
from vanguard.audit import unit_of_work
from vanguard.documents import Inspected, inspect
from vanguard.documents.keeping import store
from vanguard.documents.scanning import ScanState, scan
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


@dataclass(frozen=True, slots=True)
class Examined:
    """What looking into an upload found, and what the scanner says of it."""

    found: Inspected
    state: ScanState


def examine_upload(actor: User | None, claim_id: UUID, *, upload: UploadedFile) -> Examined:
    """Look into a file for a claim that the actor may add to. Can take seconds, so it is done before a transaction is open.

    Raises Invalid for a type or size that is not taken and for what the scanner finds harmful; NotAllowed, NotFound.
    """
    get_or_refuse(_within_reach(actor), claim_id)
    found = inspect(upload)
    state = scan(upload)
    if state is ScanState.REFUSED:
        raise Invalid("The virus check found this file harmful. It was not kept.", code="harmful", field="file")
    return Examined(found, state)


def attach_document(
    actor: User | None,
    claim_id: UUID,
    *,
    upload: UploadedFile,
    kind: str = DocumentKind.OTHER,
    examined: Examined | None = None,
) -> ClaimDocument:
    """Put a file into the claim's folder: by staff, or by the policyholder on an own claim. `examined`: where that was done already.

    Raises Invalid for an unknown kind, and what `examine_upload` raises. What the scanner has not answered about yet waits and is not
    handed out.
    """
    reach = _within_reach(actor)
    if kind not in DocumentKind.values:
        raise Invalid(f"Kind is one of {', '.join(DocumentKind.values)}.", code="unknown", field="kind")
    seen = examined or examine_upload(actor, claim_id, upload=upload)
    found, state = seen.found, seen.state
    document = ClaimDocument(
        name=found.name,
        content_type=found.content_type,
        size=found.size,
        sha256=found.sha256,
        kind=kind,
        scan_state=state,
        uploaded_by=actor,
    )
    with unit_of_work(actor):
        document.claim = get_or_refuse(reach.select_for_update(no_key=True), claim_id)
        store(document, upload)
        tell(ClaimDocumented, document.claim, actor, None)
    return document


def scan_waiting_documents() -> tuple[int, int]:
    """Ask the scanner again about the files that wait for it; how many are clean now, and how many were found harmful."""
    clean = refused = 0
    for document in ClaimDocument.objects.filter(scan_state=ScanState.PENDING).iterator():
        with document.file.open("rb") as stored:
            state = scan(stored)
        # One of two that ask at once has an effect.
        moved = ClaimDocument.objects.filter(pk=document.pk, scan_state=ScanState.PENDING).update(scan_state=state)
        clean += moved if state is ScanState.CLEAN else 0
        refused += moved if state is ScanState.REFUSED else 0
    return clean, refused


def _within_reach(actor: User | None) -> QuerySet[Claim]:
    """The claims into whose folder the actor may put files: all of them for who may, else the own."""
    if actor is None or actor.is_staff:
        require(actor, "claims.add_claimdocument")
        return Claim.objects.all()
    return Claim.objects.filter(policy__in=Policy.objects.filter(customer__user=actor))


def _kept_claims() -> QuerySet[Claim]:
    """Locked against being deleted meanwhile."""
    return Claim.objects.select_for_update(no_key=True)
