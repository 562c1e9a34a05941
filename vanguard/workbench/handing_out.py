"""Files that belong to a record are handed out by an address of their own, and have no pages."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from vanguard.documents import download
from vanguard.documents.downloads import StoredDocument
from vanguard.errors import DomainError


class NoPages(admin.ModelAdmin):
    """Registered for its own addresses alone: it stands in no list, and its stock pages are shut, for superusers too."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


def hand_out(request: HttpRequest, stored: StoredDocument, back: str) -> HttpResponse:
    """The file, to be saved; where it cannot be, the reason on the page it was asked for from, which is at `back`."""
    try:
        return download(stored)
    except (DomainError, FileNotFoundError) as refused:
        words = refused.message if isinstance(refused, DomainError) else f"“{stored.name}” is not in the store any more."
        messages.error(request, f"{words} Tell support; the record of it is kept.")
        return HttpResponseRedirect(back)
