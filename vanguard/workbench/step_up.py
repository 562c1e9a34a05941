"""Before what needs a fresh code of the second factor: a page that asks for it, keeps what was sent, and then goes on with that."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import ObjectNotUpdated
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from vanguard import context
from vanguard.accounts.models import User
from vanguard.accounts.second_factor import using_code
from vanguard.accounts.step_up import is_wanting
from vanguard.errors import Throttled, Unauthenticated

# The name of the code among the fields of the form that it stands in the way of.
FIELD = "step_up_code"
SESSION_KEY = "factor_at"
NOT_KEPT = (FIELD, "csrfmiddlewaretoken")


def code_was_given(request: HttpRequest) -> None:
    """Remember in the session that a right code was given now."""
    now = timezone.now()
    request.session[SESSION_KEY] = now.timestamp()
    context.factor_at.set(now)


@contextmanager
def code_for_session(request: HttpRequest, user: User, code: str) -> Iterator[None]:
    """Use the code, do what is inside, and remember it in the session: all of that is stored, or none, and the code is still good.

    Django itself stores a session once the answer is made; by then the code is used up. Raises as `using_code`; SessionInterrupted.
    """
    with using_code(request, user, code):
        yield
        code_was_given(request)
        _store_session(request)


def _store_session(request: HttpRequest) -> None:
    try:
        request.session.save()
    except UpdateError as error:
        if isinstance(error.__context__, ObjectNotUpdated):
            raise SessionInterrupted("The session has ended meanwhile.") from None
        raise


def of_session(request: HttpRequest) -> datetime | None:
    """When a code was last given in this session."""
    given = request.session.get(SESSION_KEY)
    return datetime.fromtimestamp(given, UTC) if given else None


def in_the_way(request: HttpRequest, actor: User, page: Mapping[str, Any], back_url: str) -> HttpResponse | None:
    """The page that asks for a code, while one is wanting; None where none is, and where the right one came with what was sent.

    `page`: what pages of the workbench start from, with a `title`. The page sends what this request has sent again, to the same address.
    """
    if not is_wanting(actor):
        return None
    error, status = "", 403
    if FIELD in request.POST:
        try:
            with code_for_session(request, actor, request.POST[FIELD]):
                pass
        except Throttled as refused:
            error, status = f"Three codes were wrong. Wait {-(-refused.retry_after // 60)} minutes, then try again.", refused.status
        except Unauthenticated as refused:
            error, status = refused.message, 422
        else:
            return None
    kept = [(name, value) for name, values in request.POST.lists() if name not in NOT_KEPT for value in values]
    shown = {**page, "kept": kept, "error": error, "field": FIELD, "back_url": back_url, "what": page["title"]}
    return TemplateResponse(request, "workbench/step_up.html", shown | {"title": "Confirm that it is you"}, status=status)
