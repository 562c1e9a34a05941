"""The gunicorn worker that runs the ASGI application, and the limits that uvicorn leaves out.

uvicorn's own worker hands on `keepalive`, `max_requests` with its jitter, `backlog` and the heartbeat behind `timeout`. It ignores
`limit_request_*` and `worker_connections`, and it waits for a slow request without end. Those are held here, where the bytes come in: an
ASGI wrapper sees a request's head only after all of it, however large, was kept in memory. uvicorn's access line lacks most of what ours
has to say, so the application writes that itself (logger `vanguard.requests`), and this module for requests that never reach it.
"""

import asyncio
import logging
import signal
import socket
import sys
from asyncio.transports import BaseTransport
from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple, NoReturn

from gunicorn.arbiter import Arbiter
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server, ServerState
from uvicorn_worker import UvicornWorker

from config.refusals import refusal_body_and_headers
from config.writing import JoinedWrites
from vanguard.observability.logs import REQUESTS

request_log = logging.getLogger(REQUESTS)
# What uvicorn says of each WebSocket that opens has its query, and in that there could be a token.
sockets_log = logging.getLogger("uvicorn.error.websockets")
sockets_log.setLevel(logging.WARNING)
# How long a refused client may go on sending: closed at once, it would see a reset connection instead of an answer.
LINGER_SECONDS = 1.0
# How long an unused connection of a worker that ends may still be used. Longer than the second after which a burst is told to come again:
# with both alike, many came just as their connection was closed.
UNUSED_SECONDS = 2.0
# What stands between the parts of "GET /path HTTP/1.1" and ends it.
REQUEST_LINE_REST = len(b"  HTTP/1.1")


class Limits(NamedTuple):
    """gunicorn.conf.py's limits, in its own words."""

    request_line: int = 4094
    fields: int = 100
    field_size: int = 8190
    connections: int = 1000
    timeout: float = 30.0

    @property
    def unparsed(self) -> int:
        """Bytes that may come in without completing a request's head or adding to its body."""
        return self.request_line + self.fields * self.field_size


class RefusedError(Exception):
    """Raised inside the parser's callbacks to stop it; the answer stands ready in the protocol."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection. A limit that is passed is answered in the API's envelope, and the connection is closed."""

    limits: ClassVar[Limits] = Limits()
    worker_is_ending: ClassVar[bool] = False

    def __init__(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._refusal = (HTTPStatus.BAD_REQUEST, "This is no HTTP request.")
        self._refused = False
        self._crowded = False
        # Accepted while the worker was ending already, it is told so like the others.
        self._ending = self.worker_is_ending
        self._head_complete = False
        self._fields = 0
        self._unparsed = 0
        self._client_is_due = True
        self._progress_at = self.loop.time()
        self._watcher: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.transport: Any = JoinedWrites(transport, self.loop)
        self._crowded = len(self.connections) > self.limits.connections
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._watcher:
            self._watcher.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        self._unparsed += len(data)
        super().data_received(data)
        # Endless trailers, chunk extensions and half header fields make no callback that could refuse them.
        if self._unparsed > self.limits.unparsed and not self._refused:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The request's head or trailer is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_complete = False
        self._fields = 0
        self._made_progress()

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if len(self.url) > self.limits.request_line:
            self._stop(HTTPStatus.REQUEST_URI_TOO_LONG, "The request line is too long.")

    def on_header(self, name: bytes, value: bytes) -> None:
        self._fields += 1
        if self._fields > self.limits.fields:
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"A request may have {self.limits.fields} header fields.")
        if len(name) + len(b": ") + len(value) > self.limits.field_size:
            self._stop(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"A header field may have {self.limits.field_size} bytes.")
        # A trailer comes after the application was started with the headers it has checked: it must not add to them.
        if not self._head_complete:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._head_complete = True
        if len(self.parser.get_method()) + len(self.url) + REQUEST_LINE_REST > self.limits.request_line:
            self._stop(HTTPStatus.REQUEST_URI_TOO_LONG, "The request line is too long.")
        if self._crowded:
            self._stop(HTTPStatus.SERVICE_UNAVAILABLE, "Too many connections.")
        self._made_progress()
        super().on_headers_complete()
        if self._ending and self.cycle is not None:
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        self._made_progress()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._client_is_due = False
        self._unparsed = 0
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        # From here on the connection belongs to the WebSocket protocol, which keeps time by pings.
        if self._watcher:
            self._watcher.cancel()
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """The worker ends. A client between two requests is not cut off: the next may be on its way, is served, and hears of the end."""
        self._ending = True
        if self._answering and not self.cycle.response_started:
            self.cycle.keep_alive = False
        self.loop.call_later(UNUSED_SECONDS, self._close_unless_answering)

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _close_unless_answering(self) -> None:
        if not self._answering:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Called by uvicorn whenever the parser stopped: by itself (400), or because a limit was passed."""
        self._refuse(*self._refusal)

    def _made_progress(self) -> None:
        self._client_is_due = True
        self._unparsed = 0
        self._progress_at = self.loop.time()

    def _watch(self) -> None:
        """Gives the client up when it owes the rest of a request for too long. One timer a connection, not one a request."""
        if self._refused or self.transport.is_closing():
            return
        # While reading is paused it is the application that is slow.
        owes = self._client_is_due and not self.flow.read_paused
        waited = self.loop.time() - self._progress_at if owes else 0.0
        if waited >= self.limits.timeout:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, "The request did not arrive in time.")
        else:
            self._watcher = self.loop.call_later(self.limits.timeout - waited, self._watch)

    def _stop(self, status: HTTPStatus, message: str) -> NoReturn:
        self._refusal = (status, message)
        raise RefusedError(message)

    def _refuse(self, status: HTTPStatus, message: str) -> None:
        """Answers, unless an answer to an earlier request is under way here, and closes."""
        self._refused = True
        answer = self._answer(status, message)
        request_log.warning(message, extra={"status": status.value, "client_ip": self.client[0] if self.client else None})
        pending = self.cycle is not None and not self.cycle.response_complete
        if pending:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if not pending or (self._head_complete and not self.cycle.response_started):
            self.transport.write(answer)
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)

    def _answer(self, status: HTTPStatus, message: str) -> bytes:
        headers, body = refusal_body_and_headers(status, message)
        lines = [STATUS_LINE[status]]
        lines += [name + b": " + value + b"\r\n" for name, value in [*self.server_state.default_headers, *headers]]
        return b"".join([*lines, b"\r\n", body])


class EndingServer(Server):
    """uvicorn's, which tells connections that come in at its very end as well."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        LimitedProtocol.worker_is_ending = True
        await super().shutdown(sockets)


class PatientProtocol(WebSocketsSansIOProtocol):
    """One WebSocket. uvicorn writes its whole address into the log, and waits without end for a client that stopped reading."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.logger = sockets_log
        self._abort_timer: asyncio.TimerHandle | None = None

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application is done with it: what the client has not read by the end of the closing handshake stays unread."""
        super().on_task_complete(task)
        if not self.disconnected:
            self._abort_timer = self.loop.call_later(self.close_timeout + LINGER_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._abort_timer is not None:
            self._abort_timer.cancel()


class Worker(UvicornWorker):
    """uvicorn under gunicorn, with every setting of gunicorn.conf.py in force."""

    CONFIG_KWARGS: dict[str, Any] = {
        "loop": "auto",
        "http": LimitedProtocol,
        "ws": PatientProtocol,
        # Clients have nothing to say but "ping"; messages are too short for compression to be worth 64 kB a connection.
        "ws_max_size": 64,
        "ws_per_message_deflate": False,
        # Whoever does not answer for so long is gone.
        "ws_ping_interval": 20.0,
        "ws_ping_timeout": 20.0,
        # Whose X-Forwarded-… may be believed is TRUSTED_PROXIES' to say, in one place, inside the application.
        "proxy_headers": False,
        "server_header": False,
        "access_log": False,
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The event loop closes the sockets, and uvicorn once more: gunicorn's wrappers report an error then, plain sockets do not mind.
        self.sockets = [listener.sock for listener in self.sockets]  # type: ignore[has-type]  # gunicorn ships no types
        LimitedProtocol.limits = Limits(
            request_line=self.cfg.limit_request_line,
            fields=self.cfg.limit_request_fields,
            field_size=self.cfg.limit_request_field_size,
            connections=self.cfg.worker_connections,
            timeout=float(self.cfg.timeout),
        )
        # A worker that ends lets its requests finish, and is itself done before the master would kill it.
        self.config.timeout_graceful_shutdown = max(1, self.cfg.graceful_timeout - 2)

    async def _serve(self) -> None:
        """As uvicorn-worker's, but SIGQUIT ends the server: there it sets a flag that only gunicorn's own workers read."""
        self.config.app = self.wsgi
        server = EndingServer(config=self.config)

        def end() -> None:
            server.should_exit = True

        # gunicorn's master sends it to all workers when it gets a Ctrl-C (SIGINT) or a SIGQUIT itself.
        asyncio.get_running_loop().add_signal_handler(signal.SIGQUIT, end)
        await server.serve(sockets=self.sockets)
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)
