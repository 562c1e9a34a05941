"""Django's routing, remembered: which view an address leads to depends on its shape, not on the ids in it."""

import re
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import ResolverMatch, get_resolver

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=/|$)")
MOST_SHAPES = 1000


class Routes:
    """The addresses of `urlconf`, or of ROOT_URLCONF."""

    def __init__(self, urlconf: str | None = None) -> None:
        self.urlconf = urlconf
        self._known: dict[tuple[str, str], ResolverMatch] = {}

    def resolve(self, request: HttpRequest) -> ResolverMatch:
        """The request's match, which it is given as well. Raises Http404 where there is no such address."""
        path = request.path_info
        urlconf = self.urlconf or settings.ROOT_URLCONF
        shape = ID.sub("*", path)
        known = self._known.get((urlconf, shape))
        if known is None:
            match = get_resolver(urlconf).resolve(path)
            if is_told_by_shape(match, path):
                if len(self._known) >= MOST_SHAPES:
                    self._known.clear()
                self._known[urlconf, shape] = match
        else:
            match = _with_ids(known, ID.findall(path)) if known.kwargs else known
        request.resolver_match = match
        return match


def is_told_by_shape(match: ResolverMatch, path: str) -> bool:
    """Whether every address of this shape has this match but for its ids: they are all that the route takes from the path."""
    ids = ID.findall(path)
    if not ids:
        return not match.args and not match.kwargs and f"/{match.route}" == path
    return not match.args and ids == [str(value) for value in match.kwargs.values()]


def _with_ids(known: ResolverMatch, ids: list[str]) -> ResolverMatch:
    kwargs: dict[str, Any] = {
        name: UUID(found) if isinstance(value, UUID) else found for (name, value), found in zip(known.kwargs.items(), ids, strict=True)
    }
    match = object.__new__(ResolverMatch)
    match.__dict__.update(known.__dict__, kwargs=kwargs, captured_kwargs=kwargs)
    return match
