"""The papers on the policy page: what was given in writing, and making the next one."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse

from policies.models import Policy, PolicyVersion
from policies.papers import services
from policies.papers.facts import Kind, endorsements_of, facts_of, kinds_of
from policies.papers.models import PolicyDocument
from policies.papers.reading import find_document
from vanguard.errors import DomainError, NotFound
from vanguard.workbench.contributions import Panel
from vanguard.workbench.dates import day
from vanguard.workbench.handing_out import NoPages, hand_out
from vanguard.workbench.model_admin import actor_of
from vanguard.workbench.rates import costly
from vanguard.workbench.site import workbench

SHOWN = 12
LABELS = dict(PolicyDocument.Kind.choices)


@admin.register(PolicyDocument)
class PolicyDocumentAdmin(NoPages):
    """A paper is made and handed out on its policy's page."""

    def get_urls(self) -> list[URLPattern]:
        """Two addresses, and none of the stock ones."""
        view = self.admin_site.admin_view
        return [
            path("<uuid:document_id>/download/", view(self.download_view), name="papers_policydocument_download"),
            path("<uuid:policy_id>/<slug:kind>/make/", view(self.make_view), name="papers_policydocument_make"),
        ]

    def download_view(self, request: HttpRequest, document_id: UUID) -> HttpResponse:
        """The PDF, to be saved."""
        actor = actor_of(request)
        if not actor.has_perm("papers.view_policydocument"):
            raise PermissionDenied
        document = find_document(actor, document_id)
        if document is None:
            raise Http404("There is no such document.")
        return hand_out(request, document, _page_of(document.policy_id))

    def make_view(self, request: HttpRequest, policy_id: UUID, kind: str) -> HttpResponse:
        """Makes a paper as the policy stands now; nothing happens by opening the address."""
        actor = actor_of(request)
        if not actor.has_perm("papers.add_policydocument"):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        costly(request)
        try:
            version = request.GET.get("version", "")
            made = services.make_document(actor, policy_id, kind=kind, version=int(version) if version.isdecimal() else None)
        except NotFound as missing:
            raise Http404(missing.message) from missing
        except DomainError as refused:
            messages.error(request, refused.message)
        else:
            words = "is made." if made.is_new else "was made already; nothing that it says has changed since."
            messages.success(request, f"“{made.document.name}” {words}")
        return HttpResponseRedirect(_page_of(policy_id))


def _page_of(policy_id: UUID) -> str:
    return reverse("admin:policies_policy_change", args=[policy_id]) + "#papers"


def on_policy(request: HttpRequest, policy: Policy) -> Panel | None:
    """The papers of a policy, the latest first, with what may be made and whether the latest still says what is true."""
    actor = actor_of(request)
    if not actor.has_perm("papers.view_policydocument"):
        return None
    papers = list(policy.documents.select_related("made_by").defer("file")[: SHOWN + 1])
    kinds = kinds_of(policy)
    endorsements = endorsements_of(policy)[:SHOWN] if Kind.ENDORSEMENT in kinds else []
    current = _digests(policy, kinds, endorsements) if papers else set()
    rows = [{"paper": each, "is_current": (each.kind, each.facts_digest) in current} for each in papers[:SHOWN]]
    makeable = _makeable(policy, kinds, endorsements) if actor.has_perm("papers.add_policydocument") else []
    words = {"rows": rows, "makeable": makeable, "has_more": len(papers) > SHOWN, "shown": SHOWN}
    return Panel("papers/panel.html", cast("dict[str, Any]", words), side=True, order=50)


def _digests(policy: Policy, kinds: list[Kind], endorsements: list[PolicyVersion]) -> set[tuple[str, str]]:
    """What a paper of each kind, and of each endorsement, would say today."""
    asked = [(kind, None) for kind in kinds if kind is not Kind.ENDORSEMENT] + [(Kind.ENDORSEMENT, each.number) for each in endorsements]
    return {(kind.value, services.digest_of(facts_of(policy, kind, number))) for kind, number in asked}


def _makeable(policy: Policy, kinds: list[Kind], endorsements: list[PolicyVersion]) -> list[tuple[str, str]]:
    """What there is to make: words and address. Where there are several endorsements each by its day and version."""
    found = []
    for kind in kinds:
        url = reverse("admin:papers_policydocument_make", args=[policy.pk, kind])
        if kind is Kind.ENDORSEMENT and len(endorsements) > 1:
            found += [
                (f"endorsement of {day(each.effective_at)}, version {each.number}", f"{url}?version={each.number}") for each in endorsements
            ]
        else:
            found.append((LABELS[kind].lower(), url))
    return found


workbench().add_record_panel("policies.policy", on_policy)
