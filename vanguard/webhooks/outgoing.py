"""One POST to a partner's address, and what came of it. The only place of the platform that calls an address from the database.

The name is resolved once, each address that it stands for is checked, and the connection goes to one of those: a name that changes its
mind in between changes nothing. httpcore follows no redirect, asks no proxy, keeps no cookie and reads no variable of the environment.
"""

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

import certifi
import httpcore

from vanguard.observability import tracing
from vanguard.text import CONTROL_IN_LINES
from vanguard.webhooks.guard import Refused, Target, checked, target_of

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
WHOLE_SECONDS = 15.0
# Once there is a status, it counts: for the words after it nobody waits long.
BODY_SECONDS = 3.0
# So much of an answer is taken in at most, and so much of that is kept.
MOST_READ = 16 * 1024
MOST_KEPT = 500
HIDDEN = "••••"


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is HTTP's, None where there was none: `trouble` says why. `retry_after` is in seconds, as the receiver asked."""

    status: int | None
    trouble: str = ""
    text: str = ""
    retry_after: float = 0.0
    seconds: float = 0.0

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def post(url: str, body: bytes, headers: Mapping[str, str], secret: Iterable[str] = ()) -> Answer:
    """Send `body` once, within 15 seconds; never raises. What of `secret` comes back in the answer is not kept."""
    begun = time.monotonic()
    try:
        answer = asyncio.run(_within(url, body, headers))
    except Refused as refused:
        answer = Answer(None, str(refused))
    except TimeoutError:
        answer = Answer(None, f"No whole answer within {WHOLE_SECONDS:.0f} seconds.")
    except (httpcore.ConnectTimeout, httpcore.ReadTimeout, httpcore.WriteTimeout, httpcore.PoolTimeout):
        answer = Answer(None, "No answer in time.")
    except httpcore.ConnectError as error:
        answer = Answer(None, "The certificate does not hold." if _is_about_tls(error) else "Nobody can be connected to there.")
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError, ValueError):
        answer = Answer(None, "The connection broke, or what came was no HTTP.")
    return Answer(answer.status, answer.trouble, _kept(answer.text, secret), answer.retry_after, time.monotonic() - begun)


async def _within(url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    target = target_of(url)
    with tracing.span("POST to a partner", {"http.request.method": "POST", "server.address": target.host}):
        async with asyncio.timeout(WHOLE_SECONDS):
            return await _sent(target, body, headers)


async def _sent(target: Target, body: bytes, headers: Mapping[str, str]) -> Answer:
    own = {"Host": target.named, "Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close"}
    own |= {"User-Agent": "Vanguard-Webhooks/1", "Accept": "*/*", "Accept-Encoding": "identity"}
    to = httpcore.URL(scheme="https" if target.is_tls else "http", host=target.host, port=target.port, target=target.path)
    limits = {"connect": CONNECT_SECONDS, "read": READ_SECONDS, "write": READ_SECONDS, "pool": CONNECT_SECONDS}
    told = list((own | dict(headers)).items())
    pool = httpcore.AsyncConnectionPool(ssl_context=trust(), max_keepalive_connections=0, network_backend=Guarded(target))
    async with pool, pool.stream("POST", to, headers=told, content=body, extensions={"timeout": limits}) as got:
        return Answer(got.status, _trouble(got.status), await _beginning(got), _asked_to_wait(got.headers))


async def _beginning(response: httpcore.Response) -> str:
    """What the answer begins with. The rest is not waited for; a body that breaks off has its status all the same."""
    taken = b""
    with suppress(TimeoutError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.ReadTimeout):
        async with asyncio.timeout(BODY_SECONDS):
            async for part in response.aiter_stream():
                taken += part[: MOST_READ - len(taken)]
                if len(taken) >= MOST_READ:
                    break
    return taken.decode(errors="replace")


def _trouble(status: int) -> str:
    return "It answered with a redirect, which is not followed." if 300 <= status < 400 else ""


def _asked_to_wait(headers: Iterable[tuple[bytes, bytes]]) -> float:
    told = next((value for name, value in headers if name.lower() == b"retry-after"), b"")
    return float(told) if told.isdigit() and len(told) < 6 else 0.0


def _kept(text: str, secret: Iterable[str]) -> str:
    for each in secret:
        text = text.replace(each, HIDDEN)
    return CONTROL_IN_LINES.sub("", text)[:MOST_KEPT]


def _is_about_tls(error: BaseException) -> bool:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


@cache
def trust() -> ssl.SSLContext:
    """Whose certificates count: those of the public authorities."""
    return ssl.create_default_context(cafile=certifi.where())


class Guarded(httpcore.AsyncNetworkBackend):
    """Connects to the checked addresses of one target, and to nothing else, whatever it is told."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._connects = httpcore.AnyIOBackend()

    async def connect_tcp(self, host: str, port: int, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        if (host, port) != (self._target.host, self._target.port):
            raise Refused("This is not the address that was checked.")
        addresses = await asyncio.to_thread(checked, self._target)
        for address in addresses[:-1]:
            try:
                return await self._connects.connect_tcp(address, port, *args, **options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._connects.connect_tcp(addresses[-1], port, *args, **options)

    async def connect_unix_socket(self, *_args: Any, **_options: Any) -> httpcore.AsyncNetworkStream:
        raise Refused("Only addresses of the internet are called.")

    async def sleep(self, seconds: float) -> None:
        await self._connects.sleep(seconds)
