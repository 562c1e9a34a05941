"""The ASGI application around the views of tests/web/views.py, without a server."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from django.core.handlers.asgi import ASGIHandler
from pytest_django import Settings

from vanguard.web.limits import Application, Limited
from vanguard.web.slim import BothCycles

type Visitor = Callable[..., httpx.AsyncClient]


CYCLES: dict[str, Callable[[], Application]] = {"as served": lambda: BothCycles(stock=ASGIHandler()), "stock": ASGIHandler}


@pytest.fixture(params=CYCLES)
def visitor(settings: Settings, request: pytest.FixtureRequest) -> Visitor:
    """`visitor()` is a client on 127.0.0.1; `visitor("203.0.113.9", "http://example.org")` another, asking for another host.

    Each has an application of its own, made with the settings of that moment: once as it is served, with the slim cycle for the
    API and the probes, and once with Django's stock cycle for all.
    """
    settings.ROOT_URLCONF = "tests.web.views"

    def make(address: str = "127.0.0.1", base_url: str = "http://localhost") -> httpx.AsyncClient:
        application: Any = Limited(CYCLES[request.param]())
        transport = httpx.ASGITransport(app=application, client=(address, 50_000), raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=base_url, headers={"Accept-Encoding": "identity"})

    return make
