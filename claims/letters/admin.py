"""Letters have no pages of their own: they are written and handed out on their claim's page. What states want said is data."""

from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse

from claims.clocks.admin import Jurisdiction
from claims.clocks.jurisdiction import words_of
from claims.letters.models import ClaimLetter, JurisdictionText
from claims.letters.reading import find_letter
from vanguard.workbench.administrators import ForAdministrators
from vanguard.workbench.handing_out import NoPages, hand_out
from vanguard.workbench.model_admin import actor_of


@admin.register(ClaimLetter)
class ClaimLetterAdmin(NoPages):
    """One address: the PDF."""

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
        return hand_out(request, letter, reverse("admin:claims_claim_change", args=[letter.claim_id]))


@admin.register(JurisdictionText)
class JurisdictionTextAdmin(ForAdministrators):
    """Audited. A law that changes gets a new row from its day on, and the old one its end."""

    list_display = ("where", "kind", "heading", "citation", "valid_from", "valid_to")
    list_filter = (Jurisdiction, "kind")

    @admin.display(description="Jurisdiction", ordering="jurisdiction")
    def where(self, text: JurisdictionText) -> str:
        return words_of(text.jurisdiction)
