"""Examination packs: asked for, listed, and handed out while they last."""

import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib import messages
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from claims.oversight.admin.asking import INVALID, allowed, page
from claims.oversight.admin.forms import PackForm
from claims.oversight.models import ExaminationPack
from claims.oversight.services import ask_for_pack, download_pack
from vanguard.accounts.models import User
from vanguard.errors import DomainError, NotFound
from vanguard.plans import unit
from vanguard.workbench import clicks
from vanguard.workbench.contributions import Tool
from vanguard.workbench.rates import costly
from vanguard.workbench.site import workbench
from vanguard.workbench.step_up import in_the_way

VIEW, ADD = "oversight.view_examinationpack", "oversight.add_examinationpack"
LISTED = 100


def listed(request: HttpRequest) -> HttpResponse:
    """What was asked for, the newest first."""
    actor = allowed(request, VIEW)
    tools = [Tool("Ask for a pack", reverse("admin:packs_new"), primary=True)] if actor.has_perm(ADD) else []
    packs = list(ExaminationPack.objects.select_related("asked_by")[:LISTED])
    return page(request, "oversight/packs.html", title="Examination packs", packs=packs, tools=tools, shown=LISTED)


@clicks.once
def new(request: HttpRequest) -> HttpResponse:
    """The form, and what it asks for."""
    actor = allowed(request, ADD)
    form = PackForm(request.POST if request.method == "POST" else None, initial=_starting())
    if request.method == "POST" and form.is_valid():
        if asked := _asked_for_a_code(request, actor, "Ask for a pack", reverse("admin:packs")):
            return asked
        costly(request)
        try:
            with unit():
                pack = ask_for_pack(actor, **form.asked())
                words = "The pack is being made. It stands here when it is ready."
                done = clicks.Done(words, reverse("admin:pack", args=[pack.pk]))
                done.keep(clicks.opened(request))
        except DomainError as refused:
            form.refuse(refused)
        else:
            return done.answer(request)
    return page(request, "oversight/pack_form.html", INVALID if form.errors else 200, title="Ask for a pack", form=form)


def one(request: HttpRequest, pack_id: UUID) -> HttpResponse:
    """What was asked, by whom, why; and the file while it lasts."""
    allowed(request, VIEW)
    pack = ExaminationPack.objects.filter(pk=pack_id).select_related("asked_by").first()
    if pack is None:
        raise Http404("There is no such pack.")
    return page(request, "oversight/pack.html", title=str(pack), pack=pack, sample=_told(pack.sample))


def download(request: HttpRequest, pack_id: UUID) -> HttpResponseBase:
    """The file, piece by piece."""
    actor = allowed(request, VIEW)
    if asked := _asked_for_a_code(request, actor, "Download the pack", reverse("admin:pack", args=[pack_id])):
        return asked
    costly(request)
    try:
        pack, pieces = download_pack(actor, pack_id)
    except NotFound as missing:
        raise Http404(missing.message) from missing
    except DomainError as refused:
        messages.error(request, refused.message)
        return HttpResponseRedirect(reverse("admin:pack", args=[pack_id]))

    async def beside_the_loop() -> AsyncIterator[bytes]:
        while piece := await sync_to_async(_following)(pieces):
            yield piece

    response = StreamingHttpResponse(beside_the_loop() if isinstance(request, ASGIRequest) else pieces, content_type="application/zip")
    response["Content-Length"] = str(pack.size)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=pack.name) or "attachment"
    response["Cache-Control"] = "private, no-store"
    return response


def _asked_for_a_code(request: HttpRequest, actor: User, title: str, back: str) -> HttpResponse | None:
    return in_the_way(request, actor, workbench().each_context(request) | {"title": title}, back)


def _following(pieces: Iterator[bytes]) -> bytes:
    """The next piece; nothing after the last."""
    return next(pieces, b"")


def _starting() -> dict[str, Any]:
    """A seed of chance, and this year so far."""
    today = timezone.localdate()
    year = {"since": today.replace(month=1, day=1), "until": today}
    return {"seed": secrets.token_hex(4), "size": 20} | year


TOLD = {
    "chosenBy": "Chosen", "seed": "Seed", "size": "Asked for", "since": "Reported from", "until": "Reported until", "status": "Status",
    "claim_type": "Type of loss", "policy_type": "Policy type", "outOf": "Out of",
}  # fmt: skip


def _told(sample: dict[str, Any]) -> list[tuple[str, str]]:
    return [(label, f"{sample[name]:,} claims" if name == "outOf" else sample[name]) for name, label in TOLD.items() if sample.get(name)]
