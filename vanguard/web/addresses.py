"""The caller's address. Forwarded headers count only as far as proxies that we trust have written them."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.http import HttpRequest

PROTOCOL = "HTTP_X_FORWARDED_PROTO"
HEARSAY = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_REAL_IP", "HTTP_FORWARDED")


class TrustedProxies:
    """The networks of TRUSTED_PROXIES. A malformed one stops the start with a ValueError."""

    def __init__(self, names: Iterable[str]) -> None:
        self.networks = tuple(ip_network(name) for name in names)

    def settle(self, request: HttpRequest) -> str:
        """Puts the caller's address into REMOTE_ADDR, and returns it.

        Everything behind (throttles, lockout, audit, logs) reads REMOTE_ADDR. What a stranger forwarded is taken out, so that
        nothing believes it later: neither an address nor that the request came over TLS.
        """
        peer = str(request.META.get("REMOTE_ADDR", ""))
        trusted = self.include(peer)
        address = self._rightmost_stranger(peer, str(request.META.get("HTTP_X_FORWARDED_FOR", ""))) if trusted else peer
        for name in HEARSAY if trusted else (*HEARSAY, PROTOCOL):
            request.META.pop(name, None)
        request.META["REMOTE_ADDR"] = address
        return address

    def include(self, text: str) -> bool:
        if not self.networks:
            return False
        address = parse(text)
        return address is not None and any(address in network for network in self.networks)

    def _rightmost_stranger(self, peer: str, forwarded: str) -> str:
        """Each proxy appends whom it spoke to, so from the right, the first that we do not trust is the caller; the rest is hearsay."""
        last = peer
        for hop in reversed(forwarded.split(",")):
            address = parse(hop)
            if address is None:
                break
            last = str(address)
            if not any(address in network for network in self.networks):
                break
        return last


def parse(text: str) -> IPv4Address | IPv6Address | None:
    """An address, also with a port, in brackets, or as IPv4 inside IPv6; None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
