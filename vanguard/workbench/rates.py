"""How many pages one person may ask for in a minute, and how many costly ones: more than anybody clicks, and fewer than a script takes.

The count is that of the API (vanguard.http.rates): one for all workers, and what is costly is one allowance, whichever way it is asked for.
"""

from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from vanguard.errors import Throttled
from vanguard.http.rates import COSTLY, PAGES, ThreadMeter

# Whoever is refused may leave, and the words of a page are nobody's load.
NOT_COUNTED = ("logout", "jsi18n")


@cache
def _meter() -> ThreadMeter:
    """The process's own, made after the fork."""
    return ThreadMeter(settings.REDIS_URL)


def page_asked_for(request: HttpRequest) -> None:
    """One page of the person who is logged in. Raises Throttled where the minute's are all taken."""
    if request.resolver_match is None or request.resolver_match.url_name not in NOT_COUNTED:
        _meter().take(PAGES, str(request.user.pk))


def costly(request: HttpRequest) -> None:
    """First in a view that works for long or gives out much. Raises Throttled, which the site answers with a page that says so."""
    _meter().take(COSTLY, str(request.user.pk))


def too_many(request: HttpRequest, refused: Throttled) -> HttpResponse:
    """The page for who has asked for too many: when it goes on, and that nothing was lost."""
    words = {"seconds": refused.retry_after, "sent": request.method == "POST"}
    response = render(request, "workbench/too_many.html", words, status=refused.status)
    response["Retry-After"] = str(refused.retry_after)
    return response
