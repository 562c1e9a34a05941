"""Which addresses may be called: public ones over https. Asked when an endpoint is saved, and of the very address that is connected to.

Names resolve to whatever their owner wants, and to something else a moment later: so what is asked about is never a name.
"""

import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings

LONGEST = 500
# What Python takes for global, in some of its versions, and is none of a partner's: relays, translation, documentation.
NOT_PARTNERS = tuple(
    ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "64:ff9b:1::/48",
        "100::/64",
        "2001::/23",
        "2002::/16",
        "3fff::/20",
        "5f00::/16",
        "fec0::/10",
    )
)
TRANSLATED = ip_network("64:ff9b::/96")


class Refused(Exception):
    """The address is none that the platform calls; the message says why, in words for people."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address to call, taken apart once: what is checked is what is called. `path` includes the query."""

    is_tls: bool
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_tls else 80) else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """`url` taken apart. Raises Refused where it is not of a kind that is called."""
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or any(sign in url for sign in ' \\"<>^`{|}'):
        raise Refused("Enter an address of plain characters, at most 500 of them; write other scripts' names as xn--….")
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
    except ValueError:
        raise Refused("This is no address.") from None
    if parts.scheme not in ("https", "http") or not host or "%" in host or port == 0:
        raise Refused("Enter an address that begins with https://.")
    if parts.username is not None or parts.password is not None:
        raise Refused("Leave user and password out: deliveries are signed instead.")
    if parts.fragment:
        raise Refused("Leave out what follows #: it is never sent.")
    is_tls = parts.scheme == "https"
    if not is_tls and not settings.LOOPBACK_WEBHOOKS:
        raise Refused("Enter an address that begins with https://.")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_tls, host, port or (443 if is_tls else 80), path)


def addresses_of(host: str, port: int) -> list[str]:
    """What the name stands for now. Raises Refused where it stands for nothing."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    except (OSError, UnicodeError):
        raise Refused("This name does not resolve.") from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def checked(target: Target) -> list[str]:
    """The addresses to connect to, in order. Raises Refused where any of them may not be called: whose name it is chose it."""
    found = addresses_of(target.host, target.port)
    for address in found:
        if not _may_be_called(target, address):
            raise Refused("This address is not on the public internet over https.")
    return found


def _may_be_called(target: Target, address: str) -> bool:
    found = _plain(ip_address(address.partition("%")[0]))
    if settings.LOOPBACK_WEBHOOKS and found.is_loopback:
        return True
    return target.is_tls and is_public(found)


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside one of IPv6 that only stands for it."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in TRANSLATED:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is one host's on the public internet. `is_global` alone takes multicast for such, and more in older versions."""
    plain = _plain(address)
    if isinstance(plain, IPv6Address) and plain not in ip_network("2000::/3"):
        return False
    return (
        plain.is_global
        and not plain.is_multicast
        and not plain.is_reserved
        and not plain.is_private
        and not any(plain in network for network in NOT_PARTNERS if network.version == plain.version)
    )
