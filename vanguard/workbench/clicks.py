"""The second click on one and the same form: it does nothing, and says what the first one did.

A form as it was sent is kept under a key of its own (vanguard.http.idempotency), with what was said of it, in the transaction of what it
did. A page that was opened afresh, or in which anything else was typed, is another form: what is refused there is said there.

A form that makes something has no record whose version would tell: it carries its opening (the tag `opening`), and makes one thing with
it, whatever is typed into it afterwards (docs/decisions/0180).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.crypto import constant_time_compare, salted_hmac

from vanguard.accounts.models import User
from vanguard.errors import DomainError
from vanguard.http.idempotency import RequestKey
from vanguard.workbench import step_up
from vanguard.workbench.dates import instant

# The name of the hidden field that carries the opening.
FIELD = "opening"
# What changes with each page or each code says nothing of what was asked for; and of a password nothing is kept, not even a digest.
NOT_ASKED = (*step_up.NOT_KEPT, "password1", "password2")
REFUSALS = (DomainError, IntegrityError, PermissionDenied)


def key_of(request: HttpRequest, actor: User) -> RequestKey:
    """Of this form as it was sent: what was typed, and (in `seen`, which is signed with the time) the page on which it was."""
    digest = _digest(request)
    return RequestKey(actor, "POST", request.path, digest, digest)


def opened(request: HttpRequest) -> RequestKey | None:
    """Of the opening from which this form was sent; None where it carries none: then each send makes another, as in the API."""
    told = request.POST.get(FIELD)
    if not told or not isinstance(request.user, User):
        return None
    # Whatever was sent, its digest is a key.
    opening = salted_hmac("vanguard.workbench.clicks.opening", told, algorithm="sha256").hexdigest()
    return RequestKey(request.user, "POST", request.path, opening, _digest(request))


def _digest(request: HttpRequest) -> str:
    typed = sorted((name, values) for name, values in request.POST.lists() if name not in NOT_ASKED)
    files = sorted((name, [(each.name, each.size) for each in each_of]) for name, each_of in request.FILES.lists())
    # Keyed, because forms hold what is easily enumerated.
    return salted_hmac("vanguard.workbench.clicks", f"{typed} {files}", algorithm="sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Done:
    """What is said of what was done, and where it leads."""

    words: str
    location: str

    def keep(self, key: RequestKey | None) -> None:
        """Last in the transaction of what was done. Raises KeyTaken for a second click."""
        if key is None:
            return
        response = HttpResponseRedirect(self.location)
        response.content = self.words.encode()
        key.keep(response)

    def answer(self, request: HttpRequest) -> HttpResponseRedirect:
        """Once all of it is stored."""
        messages.success(request, self.words)
        return HttpResponseRedirect(self.location)


def second(request: HttpRequest, key: RequestKey) -> HttpResponseRedirect | None:
    """Where this form was sent before, and what it asks for was done: says so, and leads where that led."""
    first = key.stored()
    if first is None:
        return None
    rest = "Your second click changed nothing."
    if not constant_time_compare(first.body_digest, key.body_digest):
        rest = "What you sent now was not saved: change it here, or open the form again for another."
    elif key.key != key.body_digest:  # kept by its opening
        rest += " For another one, open the page again."
    messages.info(request, f"You did this at {instant(first.created_at)}: {first.body} {rest}")
    return HttpResponseRedirect(first.headers["Location"])


def once[**P](view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """A view whose form makes something: one with each opening. In its transaction the view keeps what is Done, under `opened`."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        key = opened(request)
        if key is None:
            return view(request, *args, **kwargs)
        if before := second(request, key):
            return before
        try:
            response = view(request, *args, **kwargs)
        except REFUSALS:
            if before := second(request, key):
                return before
            raise
        # At the same instant as the first one, which was not done yet when this one was looked for: that is what it was refused for.
        return (second(request, key) if _is_refusal(response) else None) or response

    return page


def _is_refusal(response: HttpResponse) -> bool:
    """Django's own forms show their errors with a status of 200."""
    page: dict[str, Any] = getattr(response, "context_data", None) or {}
    return response.status_code >= 400 or bool(page.get("errors"))
