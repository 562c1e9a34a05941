"""What the pages of oversight share."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse

from vanguard.accounts.models import User
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.site import workbench

INVALID = 422


def allowed(request: HttpRequest, permission: str) -> User:
    """Who asks. Raises PermissionDenied."""
    actor = actor_of(request)
    if not actor.has_perm(permission):
        raise PermissionDenied
    return actor


def page(request: HttpRequest, template: str, status: int = 200, **context: object) -> HttpResponse:
    """A page of the workbench that is no record's."""
    return TemplateResponse(request, template, workbench().each_context(request) | context, status=status)


def record_url(label: str, key: str) -> str:
    """Where a record is looked at, or without a key the list of all of its kind; empty where there is no such page."""
    page = f"admin:{label.replace('.', '_')}"
    try:
        return reverse(f"{page}_change", args=[key]) if label and key else reverse(f"{page}_changelist") if label else ""
    except NoReverseMatch:
        return ""
