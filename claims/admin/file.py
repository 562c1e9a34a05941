"""What goes into a claim's file beside its steps: notes and documents. Both have their place on the page."""

from claims import services
from claims.admin.forms import DocumentForm, NoteForm
from claims.models import Claim, DocumentKind
from vanguard.accounts.models import User
from vanguard.documents import inspect
from vanguard.errors import Conflict
from vanguard.workbench.commands import Command
from vanguard.workbench.dates import instant
from vanguard.workbench.forms import RecordForm


class Note(Command[Claim]):
    name, permission, placed = "note", "claims.add_claimnote", True
    form_class = NoteForm

    def label(self, actor: User, record: Claim) -> str:
        return "Add note"

    def page(self, actor: User, record: Claim) -> dict[str, str]:
        return {"intro": "A note cannot be changed later."}

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        services.add_note(actor, record.pk, text=form.cleaned_data["text"])
        return record

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "Your note is in the file."


class AddDocument(Command[Claim]):
    name, permission, placed = "document", "claims.add_claimdocument", True
    form_class = DocumentForm

    def label(self, actor: User, record: Claim) -> str:
        return "Add document"

    def run(self, actor: User, record: Claim, form: RecordForm) -> Claim:
        upload = form.cleaned_data["file"]
        twin = record.documents.filter(sha256=inspect(upload).sha256).first()
        if twin is not None:
            raise Conflict(f"The same file is in the folder already: “{twin.name}”, since {instant(twin.created_at)}.", field="file")
        services.attach_document(actor, record.pk, upload=upload, kind=form.cleaned_data["kind"] or DocumentKind.OTHER)
        return record

    def done(self, actor: User, record: Claim, fresh: Claim | None) -> str:
        return "The document is in the file."
