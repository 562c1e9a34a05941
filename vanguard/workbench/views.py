"""The pages behind the forms: GET shows, POST asks a service; a refusal comes back at its field and says that nothing was saved."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from vanguard.accounts.models import User
from vanguard.errors import Conflict, DomainError, StaleVersion, StepUpRequired
from vanguard.http.idempotency import RequestKey
from vanguard.models import DomainModel
from vanguard.plans import unit
from vanguard.workbench import clicks, step_up
from vanguard.workbench.commands import Command
from vanguard.workbench.conflicts import Clash, compare, unseal
from vanguard.workbench.forms import RecordForm

if TYPE_CHECKING:
    from vanguard.workbench.model_admin import WorkbenchModelAdmin

INVALID = 422
logger = logging.getLogger(__name__)


def clicked_before[M: DomainModel](request: HttpRequest, verb: Command[M]) -> HttpResponse | None:
    """The answer to a second click: before the record is looked for and the form is made of it, because the first one may have left
    neither."""
    if request.method != "POST":
        return None
    return clicks.second(request, clicks.key_of(request, _allowed(request, verb.permission)))


def command[M: DomainModel](admin: "WorkbenchModelAdmin[M]", request: HttpRequest, record: M, verb: Command[M]) -> HttpResponse:
    """One command on one record."""
    actor = _allowed(request, verb.permission)
    try:
        form = verb.form(request, record, actor, admin.seal(record), bound=request.method == "POST")
    except DomainError as refused:
        return _off(admin, request, record, verb, refused)
    status = 200
    preview: dict[str, Any] = {}
    if request.method == "POST":
        key = clicks.key_of(request, actor)
        if form.is_valid():
            if (verb.step_up or step_up.FIELD in request.POST) and (asked := _step_up(admin, request, record, verb, actor)):
                return asked
            try:
                with one_change():
                    preview = verb.preview(actor, record, form)
                    done = None if preview else _run(admin, request, record, verb, form, key)
            except StepUpRequired:
                if asked := _step_up(admin, request, record, verb, actor):
                    return asked
                raise
            except DomainError as refused:
                # At the same instant as the first one, which was not done yet when this one was looked for.
                if before := clicks.second(request, key):
                    return before
                record, status = _refused(admin, request, record, form, refused), refused.status
            else:
                if done:
                    return done.answer(request)
        else:
            status = INVALID
    page = admin.page(request, record, verb.title(actor, record)) | {
        "form": form,
        "verb": verb,
        "why_not": verb.why_not(actor, record) or ("" if verb.offered(actor, record) else f"This cannot be done to {record} as it is now."),
        "instead": next((each for each in admin.offers(request, record) if each.name == verb.instead), None) if verb.instead else None,
        "page": admin.words(verb, actor, record) | (verb.again(actor, record, form) if form.is_bound else {}) | preview,
    }
    return TemplateResponse(request, "workbench/command.html", page, status=status)


def _off[M: DomainModel](
    admin: "WorkbenchModelAdmin[M]", request: HttpRequest, record: M, verb: Command[M], refused: DomainError
) -> HttpResponse:
    """The page of a command whose form cannot be made of what is stored: it says why."""
    title = verb.title(request.user, record) if isinstance(request.user, User) else str(record)
    page = admin.page(request, record, title) | {"form": None, "verb": verb, "why_not": refused.message, "page": {"title": title}}
    return TemplateResponse(request, "workbench/command.html", page, status=200 if request.method != "POST" else refused.status)


def edit[M: DomainModel](admin: "WorkbenchModelAdmin[M]", request: HttpRequest, record: M) -> HttpResponse:
    """The editable facts of one record."""
    editing = admin.editing
    if editing is None:
        raise PermissionDenied
    actor = _allowed(request, editing.permission)
    form = editing.form(request, record, admin.seal(record), bound=request.method == "POST")
    status = 200
    if request.method == "POST":
        key = clicks.key_of(request, actor)
        if before := clicks.second(request, key):
            return before
        if form.is_valid():
            # Where somebody else's value was chosen over the own one, the own one is not sent.
            changes = {name: value for name, value in editing.changes(record, form).items() if request.POST.get(f"keep_{name}") != "theirs"}
            try:
                with one_change(), unit():
                    editing.save(actor, record, form.cleaned_data["version"] or 0, changes)
                    words = "Saved." if changes else "Nothing was changed, so nothing was saved."
                    done = clicks.Done(words, admin.record_url(record))
                    done.keep(key)
            except DomainError as refused:
                if before := clicks.second(request, key):
                    return before
                record, status = _refused(admin, request, record, form, refused), refused.status
            else:
                return done.answer(request)
        else:
            status = INVALID
    page = admin.page(request, record, f"{editing.label} {record}") | {"form": form, "submit": editing.submit, "intro": editing.intro}
    return TemplateResponse(request, "workbench/edit.html", page | {"back_url": admin.record_url(record)}, status=status)


def create[M: DomainModel](admin: "WorkbenchModelAdmin[M]", request: HttpRequest) -> HttpResponse:
    """A new record, one for each opening of the form."""
    creation = admin.creation
    if creation is None:
        raise PermissionDenied
    actor = _allowed(request, creation.permission)
    form = creation.form(request, bound=request.method == "POST")
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                with one_change(), unit():
                    record = creation.create(actor, form)
                    done = clicks.Done(creation.done(record), admin.record_url(record))
                    done.keep(clicks.opened(request))
            except DomainError as refused:
                form.refuse(refused)
                status = refused.status
            else:
                return done.answer(request)
        else:
            status = INVALID
    page = admin.page(request, None, creation.label) | {"form": form, "submit": creation.submit, "intro": creation.intro}
    return TemplateResponse(request, "workbench/edit.html", page | {"back_url": admin.url("changelist")}, status=status)


@contextmanager
def one_change() -> Iterator[None]:
    """What a service has checked can be gone by its commit, and then the database refuses: said like any other refusal."""
    try:
        yield
    except IntegrityError as broken:
        # Its text may hold personal data, so it is not logged.
        logger.warning("A change met a constraint of the database.")
        raise Conflict("Somebody changed what this refers to meanwhile. Nothing was saved.", code="changed_meanwhile") from broken


def _run[M: DomainModel](
    admin: "WorkbenchModelAdmin[M]", request: HttpRequest, record: M, verb: Command[M], form: RecordForm, key: RequestKey
) -> clicks.Done:
    """Does it, and keeps with it that it was done by this form."""
    actor = key.user
    with unit():
        fresh = verb.run(actor, record, form)
        location = _next(request, admin.record_url(fresh) if fresh else admin.url("changelist"))
        done = clicks.Done(verb.done(actor, record, fresh), location)
        done.keep(key)
    return done


def _allowed(request: HttpRequest, permission: str) -> User:
    if not isinstance(request.user, User) or not request.user.has_perm(permission):
        raise PermissionDenied
    return request.user


def _step_up[M: DomainModel](
    admin: "WorkbenchModelAdmin[M]", request: HttpRequest, record: M, verb: Command[M], actor: User
) -> HttpResponse | None:
    page = admin.page(request, record, verb.title(actor, record))
    return step_up.in_the_way(request, actor, page, admin.record_url(record))


def _refused[M: DomainModel](admin: "WorkbenchModelAdmin[M]", request: HttpRequest, record: M, form: RecordForm, refused: DomainError) -> M:
    """Explains the refusal in the form; returns the record as it now is."""
    if not isinstance(refused, StaleVersion):
        form.refuse(refused)
        return record
    fresh = admin.record_or_404(request, record.pk)
    opened, stored = unseal(record, form.cleaned_data["seen"]), admin.seen(fresh)
    typed = {name: form.typed(name) for name in stored if name in form.fields}
    differences = compare(opened or stored, stored, typed, admin.labels_seen(fresh))
    form.clash = Clash(admin.last_change(fresh) or "Somebody", fresh.updated_at or timezone.now(), differences)
    form.renew(fresh.version, admin.seal(fresh))
    return fresh


def is_ours(request: HttpRequest, address: str) -> bool:
    """Whether an address that a form carries along is one of this site."""
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, request.is_secure())


def _next(request: HttpRequest, default: str) -> str:
    wanted = request.POST.get("next", "")
    return wanted if is_ours(request, wanted) else default
