"""Letters have no pages of their own: they are written and handed out on their claim's page. What states want said is data."""

from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from claims.letters.models import ClaimLetter, JurisdictionText
from claims.letters.reading import find_letter
from vanguard.documents import download
from vanguard.errors import DomainError
from vanguard.workbench.administrators import ForAdministrators
from vanguard.workbench.model_admin import actor_of


@admin.register(ClaimLetter)
class ClaimLetterAdmin(admin.ModelAdmin):
    """One address: the PDF."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: ClaimLetter | None = None) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def get_urls(self) -> list[URLPattern]:
        """And none of the stock ones."""
        view = self.admin_site.admin_view(self.download_view)
        return [path("<uuid:letter_id>/download/", view, name="letters_claimletter_download")]

    def download_view(self, request: HttpRequest, letter_id: UUID) -> HttpResponse:
        """The PDF, to be saved."""
        actor = actor_of(request)
        if not actor.has_perm("letters.view_claimletter"):
            raise PermissionDenied
        letter = find_letter(actor, letter_id)
        if letter is None:
            raise Http404("There is no such letter.")
        try:
            return download(letter)
        except (DomainError, FileNotFoundError) as refused:
            words = refused.message if isinstance(refused, DomainError) else f"“{letter.name}” is not in the store any more."
            messages.error(request, f"{words} Tell support; the record of it is kept.")
            return HttpResponseRedirect(reverse("admin:claims_claim_change", args=[letter.claim_id]))


@admin.register(JurisdictionText)
class JurisdictionTextAdmin(ForAdministrators):
    """Audited. A law that changes gets a new row from its day on, and the old one its end."""

    list_display = ("jurisdiction", "kind", "heading", "citation", "valid_from", "valid_to")
    list_filter = ("jurisdiction", "kind")
