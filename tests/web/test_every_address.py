"""S18: a walk through every address of the platform, and what each answer must have."""

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django import Settings

from tests.web.conftest import Visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.once]
SAMPLES = {"uuid": "0199b6a2-7c11-7a5e-9f40-1234567890ab", "int": "1"}
ONCE = ("X-Correlation-ID", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy", "Content-Security-Policy", "Permissions-Policy")


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    """Every address, with something plausible in the place of each parameter."""
    for entry in patterns:
        route = re.sub(r"\(\?P<\w+>[^)]*\)", "x", str(entry.pattern)).strip("^$")
        here = before + re.sub(r"<(?:(\w+):)?\w+>", lambda found: SAMPLES.get(found[1], "x"), route).replace("\\Z", "")
        if isinstance(entry, URLResolver):
            yield from addresses(entry.url_patterns, here)
        else:
            yield here


async def test_no_answer_to_a_stranger_lacks_a_header_or_is_a_crash(visitor: Visitor, settings: Settings) -> None:
    client = visitor()
    settings.ROOT_URLCONF = "config.urls"
    walked = list(dict.fromkeys(addresses(get_resolver("config.urls").url_patterns)))
    assert {"/health", "/metrics", "/api/claims", "/admin/login/"} <= set(walked)
    for address in walked:
        for method in ("GET", "POST"):
            answer = await client.request(method, address)
            assert answer.status_code < 500, f"{method} {address}: {answer.text}"
            assert {name: len(answer.headers.get_list(name)) for name in ONCE} == dict.fromkeys(ONCE, 1), f"{method} {address}"
            assert "unsafe" not in answer.headers["Content-Security-Policy"], address
            if address.startswith("/api/") and answer.status_code >= 400:
                assert answer.json()["success"] is False, f"{method} {address}"
