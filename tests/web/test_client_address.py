"""Requirement 4.8, S17: the caller's address, and who is believed about it."""

import pytest
from pytest_django import Settings

from tests.web.conftest import Visitor
from vanguard.web.addresses import TrustedProxies

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
        ("10.0.0.5", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.5", "1.1.1.1, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.5", "198.51.100.1, 10.0.0.7", "198.51.100.1"),
        ("10.0.0.5", "10.0.0.9, 10.0.0.7", "10.0.0.9"),
        ("10.0.0.5", "not an address", "10.0.0.5"),
        ("10.0.0.5", "198.51.100.1, not an address", "10.0.0.5"),
        ("10.0.0.5", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.5", "[2001:db8::7]:4711", "2001:db8::7"),
        ("10.0.0.5", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.5", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.2", "198.51.100.1", "127.0.0.2"),
    ],
)
async def test_the_rightmost_address_that_no_trusted_proxy_has(
    visitor: Visitor, settings: Settings, peer: str, forwarded: str, seen: str
) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "127.0.0.1"]
    told = (await visitor(peer).get("/api/echo", headers={"X-Forwarded-For": forwarded})).json()
    assert (told["client_address"], told["remote_addr"]) == (seen, seen)


async def test_without_trusted_proxies_nobody_is_believed(visitor: Visitor) -> None:
    told = (await visitor("127.0.0.1").get("/api/echo", headers={"X-Forwarded-For": "198.51.100.1", "X-Real-IP": "198.51.100.1"})).json()
    assert told["client_address"] == "127.0.0.1"


async def test_what_was_forwarded_is_not_there_for_others_to_believe(visitor: Visitor, settings: Settings) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    for peer in ("10.0.0.5", "203.0.113.9"):
        assert (await visitor(peer).get("/api/echo", headers={"X-Forwarded-For": "1.1.1.1"})).json()["forwarded_for"] is None


@pytest.mark.parametrize(("peer", "secure"), [("10.0.0.5", True), ("203.0.113.9", False)])
async def test_tls_at_the_proxy_is_believed_of_a_trusted_one_only(visitor: Visitor, settings: Settings, peer: str, secure: bool) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert (await visitor(peer).get("/api/echo", headers={"X-Forwarded-Proto": "https"})).json()["secure"] is secure


def test_a_malformed_network_stops_the_start() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0"):
        TrustedProxies(["10.0.0"])
