"""Requirement 1.5: compression from 1,000 bytes on, for who accepts it."""

import gzip

import httpx
import pytest
from pytest_django import Settings

from tests.web.conftest import Visitor

pytestmark = pytest.mark.once
GZIP = {"Accept-Encoding": "gzip"}


async def raw(client: httpx.AsyncClient, address: str, **headers: str) -> tuple[httpx.Headers, bytes]:
    """The bytes as they were sent."""
    async with client.stream("GET", address, headers=headers) as answer:
        return answer.headers, b"".join([chunk async for chunk in answer.aiter_raw()])


@pytest.mark.parametrize(("size", "compressed"), [(999, False), (1000, True), (50_000, True)])
async def test_from_a_thousand_bytes_on(visitor: Visitor, size: int, compressed: bool) -> None:
    headers, body = await raw(visitor(), f"/text/{size}", **GZIP)
    assert ("Content-Encoding" in headers) is compressed
    assert (gzip.decompress(body) if compressed else body) == b"x" * size
    assert int(headers["Content-Length"]) == len(body)
    assert ("Accept-Encoding" in headers.get("Vary", "")) is compressed


@pytest.mark.parametrize("offer", ["identity", "br", "gzip;q=0", "gzip; q=0.0, br", "xgzip"])
async def test_not_for_who_does_not_accept_it(visitor: Visitor, offer: str) -> None:
    headers, body = await raw(visitor(), "/text/2000", **{"Accept-Encoding": offer})
    assert "Content-Encoding" not in headers
    assert len(body) == 2000
    assert headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("offer", ["gzip", "br, gzip", "deflate, gzip;q=0.5"])
async def test_for_who_accepts_it_in_any_form(visitor: Visitor, offer: str) -> None:
    headers, _body = await raw(visitor(), "/text/2000", **{"Accept-Encoding": offer})
    assert headers["Content-Encoding"] == "gzip"


async def test_pictures_are_left_as_they_are(visitor: Visitor) -> None:
    headers, body = await raw(visitor(), "/picture", **GZIP)
    assert "Content-Encoding" not in headers
    assert len(body) == 4000


async def test_a_streamed_report_is_compressed_once(visitor: Visitor) -> None:
    headers, body = await raw(visitor(), "/rows", **GZIP)
    assert headers.get_list("Content-Encoding") == ["gzip"]
    assert gzip.decompress(body).count(b"\n") == 500


async def test_a_stylesheet_is_compressed_once(visitor: Visitor) -> None:
    headers, body = await raw(visitor(), "/static/admin/css/base.css", **GZIP)
    assert headers.get_list("Content-Encoding") == ["gzip"]
    assert b"DJANGO Admin styles" in gzip.decompress(body)


async def test_the_length_of_a_page_does_not_tell_its_secrets(visitor: Visitor) -> None:
    """BREACH: the same page has many lengths."""
    client = visitor()
    lengths = {len((await raw(client, "/page", **GZIP))[1]) for _ in range(12)}
    assert len(lengths) > 3


async def test_the_version_of_a_record_is_the_same_compressed(visitor: Visitor) -> None:
    """What was read compressed can be sent back in If-Match."""
    assert (await raw(visitor(), "/api/tagged", **GZIP))[0]["ETag"] == '"7"'
    assert (await raw(visitor(), "/api/tagged", **{"Accept-Encoding": "identity"}))[0]["ETag"] == '"7"'


async def test_errors_under_the_api_are_whole_whatever_their_length(visitor: Visitor, settings: Settings) -> None:
    settings.DEBUG = True
    headers, body = await raw(visitor(), "/api/crash", **GZIP)
    assert headers["Content-Type"].startswith("application/json")
    assert int(headers["Content-Length"]) == len(body)
