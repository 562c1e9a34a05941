"""The second click on one and the same form: it does nothing, and says what the first one did.

A form as it was sent is kept under a key of its own (vanguard.http.idempotency), with what was said of it, in the transaction of what it
did. A page that was opened afresh, or in which anything else was typed, is another form: what is refused there is said there.
"""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.crypto import salted_hmac

from vanguard.accounts.models import User
from vanguard.http.idempotency import RequestKey
from vanguard.workbench.dates import instant

# Changes with each page, and says nothing of what was asked for.
OF_THE_PAGE = "csrfmiddlewaretoken"


def key_of(request: HttpRequest, actor: User) -> RequestKey:
    """Of this form as it was sent: what was typed, and (in `seen`, which is signed with the time) the page on which it was."""
    typed = sorted((name, values) for name, values in request.POST.lists() if name != OF_THE_PAGE)
    files = sorted((name, [(each.name, each.size) for each in each_of]) for name, each_of in request.FILES.lists())
    # Keyed, because forms hold what is easily enumerated.
    digest = salted_hmac("vanguard.workbench.clicks", f"{typed} {files}", algorithm="sha256").hexdigest()
    return RequestKey(actor, "POST", request.path, digest, digest)


@dataclass(frozen=True, slots=True)
class Done:
    """What is said of what was done, and where it leads."""

    words: str
    location: str

    def keep(self, key: RequestKey) -> None:
        """Last in the transaction of what was done. Raises KeyTaken for a second click."""
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
    messages.info(request, f"You did this at {instant(first.created_at)}: {first.body} Your second click changed nothing.")
    return HttpResponseRedirect(first.headers["Location"])
